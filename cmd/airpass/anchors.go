package main

import (
	"context"
	"encoding/json"
	"errors"

	"airpass/awsanchors"
	"airpass/bot"
	"airpass/config"
	"airpass/store"
)

// anchors are heads of the trail that were kept outside.
type anchors struct {
	heads []store.Head
	from  map[string]string // by MAC: where it was read
	wrong bool              // the bucket is not as airpass leaves it, which was told
}

// newestAnchors are read all, and as many of the others, spread over them.
const newestAnchors = 100

// readAnchors reads heads from the bucket, and tells what else is there.
func readAnchors(ctx context.Context, c *config.Config, s streams) (anchors, error) {
	all := anchors{from: map[string]string{}}
	bucket, err := bot.ReadAnchors(ctx, c)
	if err == nil && bucket == nil {
		err = errors.New("audit.anchor_bucket is not set")
	}
	if err != nil {
		return all, err
	}
	there, err := bucket.List(ctx)
	if err != nil {
		return all, err
	}
	kept := all.onlyAnchors(there, s)
	if len(kept) == 0 {
		s.printf("NOT as airpass leaves it: there is no anchor in %s\n", c.Audit.AnchorBucket.Bucket)
		all.wrong = true
	}
	for _, o := range sample(kept, newestAnchors) {
		body, err := bucket.Get(ctx, o)
		if err != nil {
			return all, err
		}
		var h store.Head
		if json.Unmarshal(body, &h) != nil || h.MAC == "" || bucket.Key(h.Seq, h.At) != o.Key {
			s.printf("NOT as airpass leaves it: %s (version %s) is not the anchor that it is called\n", o.Key, o.Version)
			all.wrong = true
			continue
		}
		all.heads = append(all.heads, h)
		all.from[h.MAC] = o.Key
	}
	s.printf("%s read, of %d in %s\n", count(len(all.heads), "anchor"), len(kept), c.Audit.AnchorBucket.Bucket)
	return all, nil
}

// onlyAnchors tells of marks that hide anchors, and returns the anchors. What is hidden is
// still there and is read.
func (a *anchors) onlyAnchors(there []awsanchors.Object, s streams) []awsanchors.Object {
	var kept []awsanchors.Object
	for i, o := range there {
		switch {
		case o.Deleted:
			s.printf("NOT as airpass leaves it: somebody has deleted %s; what is locked is still there\n", o.Key)
			a.wrong = true
			continue
		case len(kept) > 0 && kept[len(kept)-1].Key == o.Key:
			s.printf("NOT as airpass leaves it: %s was written over\n", o.Key)
			a.wrong = true
		}
		kept = append(kept, there[i])
	}
	return kept
}

// sample is the last of all, and as many of the others, spread over them.
func sample[T any](all []T, n int) []T {
	if len(all) <= 2*n {
		return all
	}
	older := all[:len(all)-n]
	var some []T
	for i := range n {
		some = append(some, older[i*len(older)/n])
	}
	return append(some, all[len(all)-n:]...)
}
