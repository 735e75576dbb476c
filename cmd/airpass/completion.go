package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	kongcompletion "github.com/jotaen/kong-completion"
	posener "github.com/posener/complete"

	"airpass/config"
)

type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help is shown by --help.
func (completionCommand) Help() string {
	return `In the file that the shell reads at its start, ~/.bashrc or ~/.zshrc:

    source <(airpass completion bash)
    source <(airpass completion zsh)

For fish, once:

    airpass completion fish > ~/.config/fish/completions/airpass.fish

The shell then calls airpass itself, by its name in the PATH, for what can stand there. Targets are those of the
configuration file that the command line names. Nobody is called.`
}

// Run writes the shell's script.
func (c completionCommand) Run(s streams) error {
	_, err := fmt.Fprint(s.out, completionScripts()[c.Shell])
	return err
}

// completionScripts say to each shell that airpass completes its own command line. The
// line comes in a variable, as bash has it; zsh speaks bash for that.
func completionScripts() map[string]string {
	const bash = "complete -o default -o bashdefault -C airpass airpass\n"
	return map[string]string{
		"bash": bash,
		"zsh": `(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
autoload -Uz bashcompinit && bashcompinit
` + bash,
		"fish": `function __complete_airpass
    set -lx COMP_LINE (commandline -cp)
    test -z "$(commandline -ct)"; and set COMP_LINE "$COMP_LINE "
    command airpass
end
complete -c airpass -f -a "(__complete_airpass)"
`,
	}
}

// compLine is the variable in which a shell hands a line to complete.
const compLine = "COMP_LINE"

// completing says whether a shell asks how its line may go on.
func completing() bool { return os.Getenv(compLine) != "" }

// complete answers it.
func complete(parser *kong.Kong, out, errs io.Writer) int {
	command, err := kongcompletion.Command(parser, kongcompletion.WithPredictors(map[string]posener.Predictor{
		"file": posener.PredictFiles("*"), "target": posener.PredictFunc(predictTargets),
	}))
	if err != nil {
		_, _ = fmt.Fprintf(errs, "airpass: %v\n", err)
		return exitFailed
	}
	c := posener.New(parser.Model.Name, command)
	c.Out = somethingOnly{out}
	c.Complete()
	return 0
}

// somethingOnly drops empty lines: a flag that may be empty would offer nothing as
// something to write.
type somethingOnly struct{ out io.Writer }

// Write writes what is not an empty line.
func (s somethingOnly) Write(line []byte) (int, error) {
	if len(strings.TrimSpace(string(line))) == 0 {
		return len(line), nil
	}
	return s.out.Write(line)
}

// predictTargets are the targets of the configuration that the line names.
func predictTargets(a posener.Args) []string {
	file := "airpass.yaml"
	if named := os.Getenv("AIRPASS_CONFIG"); named != "" {
		file = named
	}
	for i, word := range a.All {
		name, value, joined := strings.Cut(word, "=")
		switch {
		case !slices.Contains([]string{"-c", "--config"}, name):
		case joined:
			file = value
		case i+1 < len(a.All):
			file = a.All[i+1]
		}
	}
	return config.TargetIDs(file)
}
