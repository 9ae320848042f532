{{/* Name of all objects. */}}
{{- define "certbound.name" -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end }}

{{/* What tells the pods of this release from others; it can't change in an upgrade. */}}
{{- define "certbound.selector" -}}
app.kubernetes.io/name: certbound
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "certbound.labels" -}}
{{ include "certbound.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "certbound.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end }}
