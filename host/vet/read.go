package vet

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"stella-ops.org/doctor/host/truth"
)

// What a report holds at most. One that this program writes stays far below.
const (
	maxReport   = 16 << 20
	maxChecks   = 512
	maxTables   = 256 // of one check
	maxRows     = 1024
	maxRequests = 1024
	maxServers  = 1024
)

// Read reads a report that somebody brought. It takes only what [WriteJSON] writes,
// byte for byte: no unknown, repeated or differently spelled key, nothing behind it,
// and no lists without end.
func Read(data []byte) (*Report, error) {
	if len(data) > maxReport {
		return nil, fmt.Errorf("larger than %d bytes", maxReport)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var r Report
	if err := dec.Decode(&r); err != nil {
		return nil, err
	}
	if r.Schema != Schema {
		return nil, fmt.Errorf("not of schema %s", Schema)
	}
	if err := r.bounded(); err != nil {
		return nil, err
	}
	var again bytes.Buffer
	if err := WriteJSON(&again, &r); err != nil {
		return nil, err
	}
	if !bytes.Equal(bytes.TrimSpace(again.Bytes()), bytes.TrimSpace(data)) {
		return nil, errors.New("not as a vetting writes it")
	}
	return &r, nil
}

func (r *Report) bounded() error {
	if len(r.Checks) > maxChecks {
		return fmt.Errorf("more than %d checks", maxChecks)
	}
	seen := map[string]bool{}
	for i := range r.Checks {
		c := &r.Checks[i]
		switch {
		case seen[c.ID]:
			return errors.New("a check stands twice")
		case len(c.Table) > maxTables:
			return fmt.Errorf("more than %d tables of one check", maxTables)
		case len(c.Requests) > maxRequests:
			return fmt.Errorf("more than %d requests of one check", maxRequests)
		case len(c.Adversaries) > maxServers:
			return fmt.Errorf("more than %d servers of one check", maxServers)
		}
		seen[c.ID] = true
		for _, t := range c.Table {
			if rows(t) > maxRows {
				return fmt.Errorf("more than %d answers in one table", maxRows)
			}
		}
	}
	return nil
}

func rows(t truth.Request) int {
	n := len(t.Rows)
	for _, r := range t.Rows {
		n += len(r.When)
	}
	return n
}
