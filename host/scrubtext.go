package host

// Scrub takes the values of the secret settings out of a text that somebody will
// see, such as what a command printed. Values that cannot be told from words
// stay, as everywhere.
func (h *Host) Scrub(text string) string {
	h.readSecrets()
	if h.allSecrets == nil {
		return text
	}
	h.allSecrets.prepare()
	return h.allSecrets.text.Replace(text)
}
