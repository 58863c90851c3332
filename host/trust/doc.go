// Package trust says who vouches for a plugin file: it signs, keeps a ring of
// keys, and verifies, with no network and no server. This is the trust model in
// one page.
//
// # What a signature says
//
// A signature says: whoever holds this key released these bytes as that version of
// that plugin. It is over the SHA-256 and the SHA-512 of the whole sealed file and
// over the id and the version that stand in its seal, never over a name of a file.
// It does not say that the plugin is harmless, nor what it may reach (the seal
// declares that and the operator approves it), nor that it is the newest one.
//
// # Bundles
//
// A signature is a file of its own: a Sigstore bundle v0.3 with an in-toto
// statement v1 in a DSSE envelope, whose predicate is [PredicateType]. Bare
// signatures over the file (cosign sign-blob) count as well, statements of other
// kinds only where a rule names their predicate: a key may also sign the report
// of a scan that failed. The decoder takes one spelling of everything: no repeated
// key, no other case, nothing after the document, canonical base64, no field that
// it does not know. What stands in a statement is read only once its signature
// holds, and a bundle that does not count never hides one that does.
//
// # The key ring
//
// trust.yaml names the keys that are believed, each by its whole public key:
// Ed25519, or ECDSA on P-256 or P-384. The key decides the algorithm, and only its
// full SHA-256 names it. A key counts for the plugins of its patterns and no
// others, from not_before on, before not_after, and not once it is revoked. The
// file is strict: what it does not know refuses it. A threshold wants several
// *different* keys; the first rule that matches a plugin may set another threshold
// and other predicates. There is no trust on first use, and no key is built in.
//
//	schema: stellaops.doctor.trust/v1
//	require_lock: false             # true: --plugin FILE needs a lock line too
//	threshold: 1                    # how many different keys must sign
//	keys:
//	  - name: acme-release
//	    publisher: ACME             # for people
//	    key: |
//	      -----BEGIN PUBLIC KEY-----
//	      …
//	      -----END PUBLIC KEY-----
//	    plugins: ["com.acme.**"]
//	    not_before: 2026-01-01      # a day begins at 00:00 UTC
//	    not_after: 2028-01-01
//	    revoked: {since: 2027-03-01, reason: the laptop was stolen}
//	    revocations: false          # true: it may sign revocation lists
//	authorities:                    # X.509, the second kind
//	  - name: site-ca
//	    certificates: |             # each of them is an anchor
//	      -----BEGIN CERTIFICATE-----
//	      …
//	    plugins: ["**"]
//	    subjects: ["ACME Release"]  # common name or alternative name; none: all
//	    crls: |                     # none: the authority's lists are not asked
//	      -----BEGIN X509 CRL-----
//	      …
//	rules:
//	  - plugins: ["com.acme.payments.*"]
//	    threshold: 2
//	    predicates: ["https://stella-ops.org/doctor/plugin/v1"] # or signature
//	revocations: {file: revocations.json, number: 7}
//
// # Time
//
// Nothing in a bundle proves when it was made, so a key is judged by the time of
// the verification: an expired or revoked key counts for nothing, whenever it
// signed. --now judges as of another time, for audits.
//
// # Revocation and freshness
//
// A key is revoked in its own entry or by a revocation list, which may name files
// too. A list is JSON:
//
//	{"schema": "stellaops.doctor.revocations/v1", "number": 7,
//	 "issued": "2026-11-01T00:00:00Z", "next_update": "2027-02-01T00:00:00Z",
//	 "keys": [{"key": "sha256:…", "since": "2026-10-01T00:00:00Z", "reason": "stolen"}],
//	 "digests": [{"digest": "sha256:…", "reason": "sends credentials away"}]}
//
// stella doctor trust revocations add makes and continues such a list, and trust show
// --template prints a trust file with everything that it may hold.
//
// Once the trust file wants a list, nothing is believed without it or past its
// next_update: an attacker who keeps the news away stops the site and does not
// fool it. The trust file carries the number of the last list, and an older one
// never comes back. If any key has revocations: true, a new list must be signed by
// such a key, with a bare signature.
//
// # Signature and lock
//
// The signature says who; doctor.lock says what this site approved: this digest,
// this access, by this person. Both must hold. So a stolen key cannot replace an
// admitted version, and an approved file is not run because somebody else signed
// it. A plugin that nobody signed is refused, unless the operator says
// --allow-unsigned on the command line; the lock then says unsigned, and so does
// every report. No setting, variable or file turns verification off.
//
// # Certificates
//
// A site with a public key infrastructure signs with certificates: the bundle
// brings the signer's, then each one's issuer in order; they lead up to an anchor
// of the trust file, for code signing all the way, with path lengths, name
// constraints and validity as the standard library judges them. The signer is no
// authority itself and has a key of the kinds above; authorities may have RSA from
// 2048 bits on. One authority may have several entries, such as one for each team with
// the plugins and subjects of its own: all of them are asked. Lists of the authority
// (CRL) are taken from the trust file and, where its entry has any, each certificate
// below the anchor needs a current one. Only complete lists are taken, and what any
// current one revokes counts no more, whichever entry it stands in.
//
// # For auditors: cosign
//
// cosign v2.6.5 verifies our bundles and writes ones that we verify; the module
// testdata/cosign shows both. It wants a trusted root even for keys: an empty one.
// With P-384 it needs --signature-digest-algorithm sha384; with Ed25519 it verifies
// and does not sign.
//
//	echo '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}' > root.json
//	cosign verify-blob-attestation --key acme.pub --bundle x.wasm.sigstore.json --new-bundle-format \
//	    --trusted-root root.json --insecure-ignore-tlog --type https://stella-ops.org/doctor/plugin/v1 x.wasm
//	cosign sign-blob --key acme.key --bundle x.wasm.sigstore.json --new-bundle-format --tlog-upload=false x.wasm
//
// # What is absent
//
// Transparency logs, time stamps and keyless identities need trust roots that
// change, and services that an air-gapped site does not reach. A bundle that brings
// such evidence is refused and not half believed. RSA keys of signers, short key
// ids and signatures inside the module are absent as well: what is signed is never
// parsed first.
package trust
