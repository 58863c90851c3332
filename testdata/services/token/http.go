package token

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// Path is where a server answers.
const Path = "/token"

// ServeHTTP answers GET /token?service=SERVICE&scope=SCOPE.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path != Path:
		refuse(w, http.StatusNotFound, "no such page")
		return
	case r.Method != http.MethodGet:
		w.Header().Set("Allow", http.MethodGet)
		refuse(w, http.StatusMethodNotAllowed, "only GET is served")
		return
	case s.rules.Status != 0:
		refuse(w, s.rules.Status, "asked to fail")
		return
	}
	user, password, given := r.BasicAuth()
	if want, known := s.rules.Users[user]; given && (!known || password != want) || !given && !s.rules.Anonymous {
		w.Header().Set("WWW-Authenticate", `Basic realm="test token server"`)
		refuse(w, http.StatusUnauthorized, "incorrect username or password")
		return
	}
	query := r.URL.Query()
	signed, err := s.issue(user, query.Get("service"), strings.Fields(strings.Join(query["scope"], " ")))
	if err != nil {
		refuse(w, http.StatusInternalServerError, err.Error())
		return
	}
	answer := map[string]any{
		"access_token": signed,
		"expires_in":   int(lifetime / time.Second),
		"issued_at":    time.Now().Add(s.rules.Skew).UTC().Format(time.RFC3339),
	}
	if !s.rules.AccessToken {
		answer["token"] = signed
	}
	reply(w, http.StatusOK, answer)
}

func refuse(w http.ResponseWriter, status int, message string) {
	reply(w, status, map[string]any{"errors": []any{map[string]any{"code": "DENIED", "message": message}}})
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
