package main

import "airpass/config"

type schemaCommand struct{}

// Help is shown by --help.
func (schemaCommand) Help() string {
	return `Editors with the YAML language server complete and check the file with it:

    airpass config schema > airpass.schema.json

and, as the first line of the file:

    # yaml-language-server: $schema=airpass.schema.json`
}

// Run writes the schema.
func (schemaCommand) Run(s streams) error {
	text, err := config.Schema()
	if err != nil {
		return err
	}
	s.printf("%s\n", text)
	return nil
}
