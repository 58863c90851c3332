package main

import (
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// upload is an upload session that a check opened, and how it was cancelled. The
// host ends what a run that is cut short leaves open: see Undo of
// [wire.HTTPRequest].
type upload struct {
	// location is where the session is, as the registry says it. It may hold a
	// token and is shown nowhere.
	location string
	// elsewhere is set when that is another origin than the registry's.
	elsewhere bool
	// outside is set when it is not below the address that opened the session:
	// whatever stands there is no upload of this check.
	outside bool
	// cancel is the answer to the DELETE, nil when there was nothing to send it to.
	cancel *answer
}

// open opens an upload session below the repository and cancels it at once. The
// upload is nil when none was opened.
func (r *registry) open(repository, query, scope string) (*answer, *upload) {
	x := prepare(r.address, "POST", "/v2/"+repository+"/blobs/uploads/")
	if r.address.rule != "" {
		return x, nil
	}
	req := r.request(x, call{query: query, scope: scope})
	req.Undo = "DELETE"
	if x.resp = r.env.Post(req); x.failed() || x.resp.Status != 202 {
		return x, nil
	}
	return x, r.cancel(x)
}

// cancel ends the session that the answer opened. The credentials go to the origin of
// the registry only; another one is asked without, which the host refuses unless it
// is granted. The token is one of the scope that the registry asks for: some want
// delete where push opened the upload.
func (r *registry) cancel(x *answer) *upload {
	u := &upload{}
	if all := x.resp.Header["location"]; len(all) > 0 {
		u.location = strings.Trim(all[0], " \t")
	}
	at, ok := resolveLocation(x.target, u.location)
	if !ok {
		return u
	}
	req := wire.HTTPRequest{URL: at.String(), Credential: r.login.credential("")}
	if u.elsewhere = at.Origin() != x.target.Origin(); u.elsewhere {
		req.Credential = nil
	} else if u.outside = !isBelow(x.target.Path, at.Path); u.outside {
		return u
	}
	u.cancel = &answer{key: x.key, method: "DELETE", target: at, resp: r.env.Delete(req)}
	return u
}

// isBelow tells whether a path is below that of a collection, and not the same. The
// registry says where an upload is, and would say what the credentials delete.
func isBelow(collection, path string) bool {
	return wire.CoversPath(collection, path) && len(strings.Trim(path, "/")) > len(strings.Trim(collection, "/"))
}

// cancelled tells whether the session is gone: cancelled, or not found.
func (u *upload) cancelled() bool {
	return u.cancel != nil && !u.cancel.failed() && (u.cancel.isSuccess() || u.cancel.resp.Status == 404)
}

// Variants of an upload that was left open.
const (
	noLocation  = "no location"
	badLocation = "bad location"
	elsewhere   = "elsewhere"
	outside     = "outside"
	notCanceled = "not cancelled"
)

// left says why the session is left open.
func (u *upload) left() string {
	switch {
	case u.location == "":
		return noLocation
	case u.outside:
		return outside
	case u.cancel == nil:
		return badLocation
	case u.elsewhere:
		return elsewhere
	}
	return notCanceled
}

// resolveLocation resolves a Location against the address that was asked (RFC 3986
// §5.2). It reports false for what is no address that can be asked.
func resolveLocation(asked wire.URL, location string) (wire.URL, bool) {
	location, _, _ = strings.Cut(location, "#") // never sent
	if location == "" {
		return wire.URL{}, false
	}
	before, _, _ := strings.Cut(location, "?")
	before, _, _ = strings.Cut(before, "/")
	switch {
	case strings.Contains(before, ":"): // a scheme
	case strings.HasPrefix(location, "//"):
		location = asked.Scheme + ":" + location
	default:
		location = asked.Origin() + resolvePath(asked.Path, location)
	}
	u, rule := wire.ScreenURL(location)
	return u, rule == ""
}

// resolvePath resolves a path with its query against the one that was asked.
func resolvePath(asked, path string) string {
	path, query, found := strings.Cut(path, "?")
	switch {
	case path == "":
		path = asked
	case path[0] != '/':
		path = asked[:strings.LastIndexByte(asked, '/')+1] + path
	}
	var kept []string
	segments := strings.Split(path, "/")[1:]
	for i, segment := range segments {
		switch {
		case segment == ".." && len(kept) > 0:
			kept = kept[:len(kept)-1]
		case segment != "." && segment != "..":
			kept = append(kept, segment)
			continue
		}
		if i == len(segments)-1 {
			kept = append(kept, "") // a directory
		}
	}
	path = "/" + strings.Join(kept, "/")
	if found {
		path += "?" + query
	}
	return path
}
