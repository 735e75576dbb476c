package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"airpass/access"
	"airpass/bot"
	"airpass/config"
	"airpass/setup"
)

type setupSAML struct {
	configured
	Environment []string      `placeholder:"KEY" help:"Only these environments (all)."`
	Offline     bool          `help:"Print the pages and ask AWS nothing: then the web server's address is to be read in the console."`
	JSON        bool          `name:"json" help:"Write it as JSON."`
	Timeout     time.Duration `default:"2m" placeholder:"DURATION" help:"How long AWS may take (2m)."`
}

// Help is shown by --help.
func (setupSAML) Help() string {
	return `No API makes a SAML application of IAM Identity Center: this prints, for each environment, the page to follow in the console, with
every value. Run again, it finds the application by its name, says what the API sees of it, and what to write in the file.
Nothing is changed. Exit code 0 says that all are there as they have to be, 2 that something is to be done, 1 that AWS did not tell.
For example:

    airpass setup saml
    airpass setup saml --environment prod --json`
}

// Run prints the pages and what is there.
func (c setupSAML) Run(ctx context.Context, s streams) error {
	cfg, err := c.setupForm()
	if err != nil {
		return err
	}
	seen, err := c.look(ctx, cfg)
	if errors.Is(err, access.ErrNotFound) {
		return usage("--environment: %v", err)
	}
	if err != nil {
		return err
	}
	if c.JSON {
		err = samlJSON(s, seen)
	} else {
		for i, t := range seen {
			if i > 0 {
				s.printf("\n")
			}
			c.tell(s, t)
		}
	}
	if err != nil || c.Offline {
		return err
	}
	return verdict(seen)
}

func (c setupSAML) look(ctx context.Context, cfg *config.Config) ([]bot.TileSeen, error) {
	if c.Offline {
		tiles, err := bot.Tiles(cfg, c.Environment)
		var all []bot.TileSeen
		for _, t := range tiles {
			all = append(all, bot.TileSeen{Tile: t})
		}
		return all, err
	}
	p, err := bot.NewPortal(cfg, c.Environment) //nolint:contextcheck // clients are built; they call nobody yet
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	return p.Look(ctx), nil
}

// tell writes the page of one, and what is there.
func (c setupSAML) tell(s streams, t bot.TileSeen) {
	s.printf("%s\n", t.Page())
	if c.Offline {
		return
	}
	line := func(words, is string) { s.printf("  %s: %s\n", words, printable(is)) }
	if t.Unread != nil {
		line("the web server's address was not read", t.Unread.Error())
	}
	switch {
	case t.Err != nil:
		line("AWS did not tell", t.Err.Error())
	case t.Found == "":
		line("to do", t.Missing)
	default:
		line("found", t.Found)
	}
	if t.Found == "" || t.Err != nil {
		return
	}
	for _, d := range deviationsOf(t) {
		grade := "to do"
		if d.Unwise {
			grade = "warning"
		}
		line(grade, d.Result+": "+d.Means+"; "+d.Mend)
	}
	line("not to be seen by API", "ACS URL, audience, the mapping of Subject: compare them with the page")
	if t.ARN == "" {
		line("for the file", fmt.Sprintf("environments, %s: saml_application: %s", t.Environment.Key, t.Found))
	}
}

// verdict is the worst of what was seen.
func verdict(seen []bot.TileSeen) error {
	todo := false
	for _, t := range seen {
		if t.Err != nil {
			return fmt.Errorf("AWS did not tell what is there: %w", t.Err)
		}
		todo = todo || t.Found == "" || t.ARN == ""
		for _, d := range deviationsOf(t) {
			todo = todo || !d.Unwise
		}
	}
	if todo {
		return errDiffers
	}
	return nil
}

// samlJSON writes what was seen for programs.
func samlJSON(s streams, seen []bot.TileSeen) error {
	type tile struct {
		Environment string            `json:"environment"`
		Name        string            `json:"name"`
		Values      map[string]string `json:"values"`
		Found       string            `json:"found,omitempty"`
		ToDo        []string          `json:"to_do,omitempty"`
		Warnings    []string          `json:"warnings,omitempty"`
		Error       string            `json:"error,omitempty"`
	}
	all := []tile{}
	for _, t := range seen {
		one := tile{Environment: t.Environment.Key, Name: t.Name, Values: t.Values(), Found: t.Found}
		if t.Missing != "" {
			one.ToDo = append(one.ToDo, t.Missing)
		}
		if t.Err != nil {
			one.Error = t.Err.Error()
		}
		if t.Found != "" && t.ARN == "" {
			one.ToDo = append(one.ToDo, "write saml_application: "+t.Found)
		}
		for _, d := range deviationsOf(t) {
			words := strings.Join([]string{d.Result, d.Means, d.Mend}, "; ")
			if d.Unwise {
				one.Warnings = append(one.Warnings, words)
			} else {
				one.ToDo = append(one.ToDo, words)
			}
		}
		all = append(all, one)
	}
	enc := json.NewEncoder(s.out)
	enc.SetIndent("", "  ")
	return enc.Encode(struct {
		Applications []tile `json:"applications"`
	}{all})
}

// deviationsOf are those of an application that was found and read.
func deviationsOf(t bot.TileSeen) []setup.Deviation {
	if t.Found == "" || t.Err != nil {
		return nil
	}
	return t.Deviations(t.Application)
}
