package settings

// Parse reads the text of a configuration file as [Load] does, and returns its
// values in the order of the file, empty ones too. name tells the format, as the
// name of a file does. The error is an [*Error].
func Parse(name string, data []byte) ([]Entry, error) {
	text, err := decodeText(data)
	if err != nil {
		return nil, inFile(name, err)
	}
	read := parseYAML
	if isJSON(name, text) {
		read = parseJSON
	}
	doc, err := read(text)
	if err != nil {
		return nil, inFile(name, err)
	}
	entries := make([]Entry, 0, len(doc.leaves))
	for _, l := range doc.leaves {
		entries = append(entries, Entry{Key: l.key, Value: l.value, Origin: "file " + name})
	}
	return entries, nil
}
