package store

import (
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"airpass/access"
	"airpass/store/db"
)

// auditFormat is the number of the format described in docs/audit-format.md. What
// has been sealed can never be sealed again: a change is another number.
const auditFormat = 1

// event is an event that waits for its place in the trail.
type event struct {
	access.Event
	person string // whom its personal values are about, but for the actor's name
}

// actorName is the personal field that keeps the name of the actor.
const actorName = "actor.name"

// aboutFact says whom the personal values of an event are about, but for the actor's name, which
// is the actor's: by that they are erased. Earlier versions have not sealed it.
const aboutFact = "about"

// sealed is the body of an event, in the order in which it is written.
type sealed struct {
	Format   int               `json:"format"`
	Seq      int64             `json:"seq"`
	At       string            `json:"at"`
	Kind     access.EventKind  `json:"kind"`
	Actor    sealedActor       `json:"actor"`
	Request  string            `json:"request"`
	Grant    string            `json:"grant"`
	Ref      string            `json:"ref"`
	Facts    map[string]string `json:"facts"`
	Personal map[string]string `json:"personal"` // digests
	Key      string            `json:"key"`
}

type sealedActor struct {
	Kind access.ActorKind `json:"kind"`
	ID   string           `json:"id"`
}

// keptFor says whether a personal value is erased with whom it was sealed for. Where an earlier
// version has not sealed it, it is held to whose access the event is about or who did it, if the
// event says so; else it is not known, and taken as it is.
func (s sealed) keptFor(field, person string) bool {
	if field == actorName {
		return words(person) == s.Actor.ID
	}
	if about, is := s.Facts[aboutFact]; is {
		return person == about
	}
	ids := []string{s.Actor.ID}
	for fact, prefix := range map[string]string{"subject": "", "okta_user": "", "slack": "slack:", "account": accountPerson, "campaign": campaignPerson} {
		if id := s.Facts[fact]; id != "" {
			ids = append(ids, prefix+id)
		}
	}
	return s.Facts["subject"] == "" && !strings.HasPrefix(string(s.Kind), "attempt.") || slices.Contains(ids, person)
}

const timeLayout = "2006-01-02T15:04:05.000Z"

// body writes the bytes that are sealed: JSON without spaces, members in the order
// above, those of facts and personal sorted by name, HTML characters as they are.
func (s sealed) body() string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		panic("store: " + err.Error()) // strings and numbers only
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

// link is HMAC-SHA-256(key, previous hash || body).
func link(key []byte, prev [32]byte, body string) [32]byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(prev[:])
	mac.Write([]byte(body))
	return [32]byte(mac.Sum(nil))
}

// digest is SHA-256(salt || field || 0 || value), hexadecimal.
func digest(salt []byte, field, value string) string {
	h := sha256.New()
	h.Write(salt)
	h.Write([]byte(field))
	h.Write([]byte{0})
	h.Write([]byte(value))
	return hex.EncodeToString(h.Sum(nil))
}

func parseHash(text string) (h [32]byte, err error) {
	if len(text) != 64 {
		return h, fmt.Errorf("a hash has 64 characters, not %d", len(text))
	}
	_, err = hex.Decode(h[:], []byte(text))
	return h, err
}

// seal gives the events of the transaction their place in the trail. It locks the
// head row until the end of the transaction, so that it comes last.
func (tx *Tx) seal(key AuditKey) error {
	if len(tx.events) == 0 {
		return nil
	}
	if err := tx.findOwners(); err != nil {
		return err
	}
	head, err := tx.q.TakeAuditNumbers(tx.ctx, int64(len(tx.events)))
	if err != nil {
		return err
	}
	prev, err := parseHash(head.Hash)
	if err != nil {
		return fmt.Errorf("the head: %w", err)
	}
	seq := head.Seq - int64(len(tx.events))
	for _, e := range tx.events {
		seq++
		if prev, err = tx.sealOne(key, seq, prev, e); err != nil {
			return err
		}
	}
	return tx.q.SetAuditHash(tx.ctx, hex.EncodeToString(prev[:]))
}

func (tx *Tx) sealOne(key AuditKey, seq int64, prev [32]byte, e event) ([32]byte, error) {
	at, actor := moment(cmp.Or(e.At, tx.now)), e.Actor
	if actor.Kind == "" {
		actor = tx.actor
	}
	personal := make([]db.InsertAuditPersonalParams, 0, len(e.Personal)+1)
	for field, value := range e.Personal {
		personal = append(personal, saltedValue(seq, field, e.person, value))
	}
	if actor.Name != "" {
		personal = append(personal, saltedValue(seq, actorName, actor.ID, actor.Name))
	}
	s := sealed{Format: auditFormat, Seq: seq, At: at.Format(timeLayout), Kind: e.Kind, Actor: sealedActor{actor.Kind, words(actor.ID)},
		Request: e.Request, Grant: e.Grant, Ref: e.Ref, Facts: map[string]string{}, Personal: map[string]string{}, Key: key.ID}
	for name, fact := range e.Facts {
		s.Facts[name] = words(fact)
	}
	if len(e.Personal) > 0 {
		s.Facts[aboutFact] = words(e.person)
	}
	for _, p := range personal {
		salt, _ := hex.DecodeString(p.Salt)
		s.Personal[p.Field] = digest(salt, p.Field, p.Value)
	}
	body := s.body()
	hash := link(key.Key, prev, body)
	err := tx.q.InsertAuditEvent(tx.ctx, db.InsertAuditEventParams{Seq: seq, At: at, Kind: string(e.Kind), ActorID: s.Actor.ID,
		RequestID: e.Request, GrantID: e.Grant, KeyID: key.ID, Body: body, Prev: hex.EncodeToString(prev[:]), Hash: hex.EncodeToString(hash[:])})
	for _, p := range personal {
		err = errors.Join(err, tx.q.InsertAuditPersonal(tx.ctx, p))
	}
	return hash, err
}

func saltedValue(seq int64, field, person, value string) db.InsertAuditPersonalParams {
	var salt [16]byte
	_, _ = rand.Read(salt[:]) // never fails
	return db.InsertAuditPersonalParams{Seq: seq, Field: field, Person: words(person), Salt: hex.EncodeToString(salt[:]), Value: words(value)}
}

// findOwners finds out whom the personal values of recorded events are about.
func (tx *Tx) findOwners() error {
	for i := range tx.events {
		e := &tx.events[i]
		if e.person != "" || len(e.Personal) == 0 {
			continue
		}
		e.person = cmp.Or(e.Actor.ID, tx.actor.ID)
		switch {
		case e.Request != "":
			r, err := tx.Request(e.Request)
			if err != nil {
				return err
			}
			e.person = r.Subject.OktaID
		case e.Grant != "":
			g, err := tx.Grant(e.Grant)
			if err != nil {
				return err
			}
			e.person = g.Subject.OktaID
		}
	}
	return nil
}
