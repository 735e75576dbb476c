{{- define "airpass.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "airpass.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "airpass.labels" -}}
{{ include "airpass.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "airpass.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}{{ default (include "airpass.name" .) .Values.serviceAccount.name }}{{ else }}{{ required "serviceAccount.name is needed when serviceAccount.create is false" .Values.serviceAccount.name }}{{ end }}
{{- end }}

{{- /* The path of Slack's requests; of a ConfigMap of one's own only the default is known. */ -}}
{{- define "airpass.slackPath" -}}
{{- dig "slack" "path" "/slack" (.Values.config | default dict) }}
{{- end }}

{{- define "airpass.configMap" -}}
{{- if .Values.existingConfigMap }}{{ .Values.existingConfigMap }}{{ else }}{{ include "airpass.name" . }}{{ end }}
{{- end }}
