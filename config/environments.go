package config

import (
	"cmp"
	"fmt"

	"airpass/access"
)

func readEnvironments(root *section) []Environment {
	sections := root.sections("environments")
	root.listed("environments", len(sections), "list the MWAA environments, as in airpass.example.yaml")
	var all []Environment
	keys, places := map[string]bool{}, map[string]string{}
	for _, s := range sections {
		e := readEnvironment(s)
		s.close()
		if e.Key != "" && keys[e.Key] {
			s.problem("key", quote(e.Key)+" is the key of an earlier environment", "give it another key")
			continue
		}
		keys[e.Key] = true
		same := e.Account + "/" + e.Region + "/" + e.Name
		if other, twice := places[same]; twice && e.Account != "" && e.Region != "" && e.Name != "" {
			s.problem("name", "is the same MWAA environment as "+other, "remove one of the two")
		}
		places[same] = e.Key
		all = append(all, e)
	}
	return all
}

// listed reports a list that is missing or empty. It is called after the list was read.
func (s *section) listed(field string, found int, mend string) {
	s.r.sketch.required(s.path, field)
	s.r.sketch.atLeastOne(s.name(field))
	switch {
	case !s.has(field):
		s.problem(field, "is missing", mend)
	case found == 0 && !s.reportedWithin(field):
		s.problem(field, "is empty", mend)
	}
}

func readEnvironment(s *section) Environment {
	e := Environment{Environment: access.Environment{
		Key:       s.text("key", envKey),
		Account:   s.text("account", awsAccount),
		Region:    s.text("region", awsRegion),
		Partition: s.oneOf("partition", "aws", "aws", "aws-cn", "aws-us-gov"),
		Name:      s.text("name", mwaaName),
	}}
	if want := partitionOf(e.Region); e.Region != "" && e.Partition != "" && e.Partition != want {
		s.problem("partition", fmt.Sprintf("%s has no region %s", e.Partition, e.Region), "write partition: "+want)
	}
	e.Label = cmp.Or(s.optional("label", "", anyText), e.Key)
	e.Owners = s.texts("owners", oktaLogin)
	tags := s.section("tags")
	for _, name := range tags.keys(anyText) {
		if e.Tags == nil {
			e.Tags = map[string]string{}
		}
		e.Tags[name] = tags.optional(name, "", anyText)
	}
	return e
}
