package vet

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"strings"
	"time"
)

// Scene is what surrounds a check in a vetting: the time, the nonce, the names of
// hosts, their addresses, how long they take, and the secrets. It follows from the digest of the file, so that the same
// file meets the same scene, and nobody can write a plugin that knows its own:
// with what was written into it the digest would be another.
type Scene struct {
	// Now is what the check is told, and when certificates are judged.
	Now time.Time
	// Nonce is that of each run.
	Nonce string
	// Domain is where invented hosts are.
	Domain string

	seed [sha256.Size]byte
}

// NewScene is the scene of a name for a file with the digest.
func NewScene(file [sha256.Size]byte, name string) Scene {
	s := Scene{seed: sha256.Sum256(append([]byte("scene "+name+"\x00"), file[:]...))}
	s.Now = Epoch.Add(time.Duration(s.number("now")%uint64(scenes/time.Second)) * time.Second)
	nonce := s.bytes("nonce")
	s.Nonce = hex.EncodeToString(nonce[:16])
	s.Domain = s.Word("domain") + []string{".com", ".net", ".org", ".io", ".dev"}[s.number("top")%5]
	return s
}

// scenes is the time in which they are set.
const scenes = 365 * 24 * time.Hour

func (s Scene) bytes(of string) [sha256.Size]byte {
	return sha256.Sum256(append([]byte(of+"\x00"), s.seed[:]...))
}

func (s Scene) number(of string) uint64 {
	b := s.bytes("number of " + of)
	return binary.BigEndian.Uint64(b[:8])
}

// Word is a word that nobody knows, as names have it: the same for the same thing.
func (s Scene) Word(of string) string {
	b := s.bytes("word of " + of)
	var w strings.Builder
	for i := 0; i < 8; i += 2 {
		w.WriteByte("bdfgklmnprstvz"[int(b[i])%14])
		w.WriteByte("aeiou"[int(b[i+1])%5])
	}
	return w.String()
}

// publicBlocks are blocks of addresses that have no special use anywhere in them, so
// that they look like any other to a check, and no rule about addresses concerns them.
// Nothing dials in a vetting.
var publicBlocks = []byte{5, 20, 31, 34, 46, 52, 62, 78, 84, 91, 93, 104, 130, 142, 151, 185, 194, 195, 212, 217}

// Address is what the name of a host leads to; an address leads to itself.
func (s Scene) Address(host string) string {
	if _, err := netip.ParseAddr(host); err == nil {
		return host
	}
	b := s.bytes("address of " + strings.ToLower(host))
	return netip.AddrFrom4([4]byte{publicBlocks[int(b[0])%len(publicBlocks)], b[1], b[2], 1 + b[3]%254}).String()
}

// ConnectMS is how long a connection to a host takes, DurationMS a whole call:
// little, as from one rack to the next.
func (s Scene) ConnectMS(host string) int64 {
	return 1 + int64(s.number("connection to "+strings.ToLower(host))%9)
}

// DurationMS is explained with [Scene.ConnectMS].
func (s Scene) DurationMS(host string) int64 {
	return s.ConnectMS(host) + 1 + int64(s.number("call of "+strings.ToLower(host))%40)
}

// OtherNonce is one as unlike that of the scene as can be: it also begins with a
// letter where that begins with a digit, and the other way round.
func (s Scene) OtherNonce() string {
	b := s.bytes("other nonce")
	other := []byte(hex.EncodeToString(b[:16]))
	if s.Nonce[0] <= '9' {
		other[0] = 'a' + b[31]%6
	} else {
		other[0] = '0' + b[31]%10
	}
	return string(other)
}

// Canary makes the canary of a setting: the same for the same key, unlike any other
// text, and of characters that every credential can carry.
func (s Scene) Canary(setting string) Canary {
	b := s.bytes("canary of " + setting)
	return CanaryOf(setting, base64.RawURLEncoding.EncodeToString(b[:24]))
}
