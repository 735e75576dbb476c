package config

import (
	"cmp"
	"fmt"
	"strings"

	"airpass/access"
)

func readEnvironments(root *section, c *Config) []Environment {
	sections := root.sections("environments")
	root.listed("environments", len(sections), "list the MWAA environments, as in airpass.example.yaml")
	var all []Environment
	keys, places := map[string]bool{}, map[string]string{}
	for _, s := range sections {
		e := readEnvironment(s)
		e.SAMLName, e.Application = s.samlApplication(c.AWS.InstanceARN)
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

// samlApplication reads an environment's tile in the access portal: its name, while
// airpass setup saml has to find it, or its ARN.
func (s *section) samlApplication(instance string) (name, arn string) {
	text := s.optional("saml_application", "", ssoApp)
	if !strings.HasPrefix(text, "arn:") {
		if text != "" && !s.r.setup {
			s.problem("saml_application", "is a name", "run airpass setup saml, and write the ARN that it tells")
		}
		return text, ""
	}
	s.ofInstance("saml_application", text, instance)
	return "", text
}

// ofInstance reports an application of another instance.
func (s *section) ofInstance(field, arn, instance string) {
	if instance != "" && instanceID(arn) != instanceID(instance) {
		s.problem(field, "is of another Identity Center instance than aws.instance_arn", "name an application of "+instance)
	}
}

// tile reads which application is assigned along with the target.
func (s *section) tile(t *access.Target, usual string) {
	switch own := s.optional("saml_application", "", ssoAppOr); own {
	case "":
		t.Application = usual
	case "none":
	default:
		s.ofInstance("saml_application", own, t.Instance)
		t.Application = own
	}
}
