// Package token issues the tokens of registries that leave authorization to
// another server, as the distribution project specifies it:
// https://distribution.github.io/distribution/spec/auth/token/
package token

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/distribution/distribution/v3/registry/auth/token"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// What a registry and its token server agree on when no flag says otherwise.
const (
	Issuer  = "test token server"
	Service = "test registry"
)

const lifetime = 5 * time.Minute

// Rules say who gets which token. The zero value issues right tokens to nobody.
type Rules struct {
	// Users maps names to passwords.
	Users map[string]string
	// Anonymous issues tokens that may pull to those who give no password.
	Anonymous bool
	// PullOnly issues no token that may do more than pull.
	PullOnly bool
	// Status, where it is not 0, is the answer to every request for a token.
	Status int
	// Audience, where it is not empty, stands in every token in place of the
	// service that the client asked for.
	Audience string
	// Skew is how far the clock of this server is ahead.
	Skew time.Duration
	// AccessToken names the token access_token only, as OAuth 2 does.
	AccessToken bool
}

// Server issues tokens, signed with a key that it makes for itself.
type Server struct {
	rules  Rules
	signer jose.Signer
	root   []byte
}

// New makes a server with a new key.
func New(rules Rules) (*Server, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	certificate := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: Issuer},
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.Add(30 * 24 * time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, certificate, certificate, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	options := new(jose.SignerOptions).WithType("JWT").
		WithHeader("x5c", []string{base64.StdEncoding.EncodeToString(der)})
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, options)
	if err != nil {
		return nil, fmt.Errorf("signer: %w", err)
	}
	root := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return &Server{rules, signer, root}, nil
}

// Root is the certificate of the key, as PEM, for the registry to trust.
func (s *Server) Root() []byte { return s.root }

// issue signs a token for the user, empty for nobody.
func (s *Server) issue(user, service string, scopes []string) (string, error) {
	if s.rules.Audience != "" {
		service = s.rules.Audience
	}
	now := time.Now().Add(s.rules.Skew)
	claims := token.ClaimSet{
		Issuer:     Issuer,
		Subject:    user,
		Audience:   token.AudienceList{service},
		Expiration: now.Add(lifetime).Unix(),
		NotBefore:  now.Unix(),
		IssuedAt:   now.Unix(),
		JWTID:      rand.Text(),
		Access:     s.grant(user, scopes),
	}
	return jwt.Signed(s.signer).Claims(claims).Serialize()
}

// grant gives what was asked for, less what the user may not do. As the
// specification has it, too little is no error here: the registry refuses later.
func (s *Server) grant(user string, scopes []string) []*token.ResourceActions {
	access := []*token.ResourceActions{}
	for _, scope := range scopes {
		// A repository may hold a colon: HOST:PORT/NAME.
		kind, rest, _ := strings.Cut(scope, ":")
		last := strings.LastIndexByte(rest, ':')
		if last < 0 {
			continue
		}
		actions := slices.DeleteFunc(strings.Split(rest[last+1:], ","), func(action string) bool {
			return action == "" || action != "pull" && (s.rules.PullOnly || user == "")
		})
		if len(actions) > 0 {
			access = append(access, &token.ResourceActions{Type: kind, Name: rest[:last], Actions: actions})
		}
	}
	return access
}
