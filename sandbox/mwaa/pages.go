package mwaa

import (
	_ "embed"
	"html/template"

	"airpass/sandbox/browser"
)

//go:embed airflow.html
var airflowHTML string

func parsePages() *template.Template {
	script := template.HTML("<script>" + browser.Script + "</script>") //nolint:gosec // a constant of ours
	return template.Must(template.New("airflow").Funcs(template.FuncMap{
		"script": func() template.HTML { return script },
	}).Parse(airflowHTML))
}
