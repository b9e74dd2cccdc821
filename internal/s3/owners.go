package s3

import (
	"strings"
	"sync"

	"github.com/signet-store/signet/internal/object"
)

// accountNames remembers the names of accounts by canonical ID, "" for IDs of no account:
// no name changes, and no account gets the ID of another.
type accountNames struct {
	mu    sync.RWMutex
	known map[string]string
}

// maxAccountNames is how many names are remembered.
const maxAccountNames = 1024

func (n *accountNames) get(id string) (name string, known bool) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	name, known = n.known[id]
	return name, known
}

func (n *accountNames) put(id, name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.known == nil || len(n.known) >= maxAccountNames {
		n.known = make(map[string]string)
	}
	n.known[id] = name
}

// nameOf returns the name of the account with that canonical ID, "" if it is not known.
// That it could not be read is logged: no answer fails for it.
func (r *request) nameOf(id string) string {
	h := r.handler
	if name, known := h.names.get(id); known || h.principals == nil {
		return name
	}
	name, err := h.principals.NameOf(r.context(), id)
	if err == nil {
		h.names.put(id, name)
	} else if r.context().Err() == nil {
		r.logFailure("the name of an account could not be read", err)
	}
	return name
}

// writeOwner adds an account.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_Owner.html
func (r *request) writeOwner(w *xmlWriter, element string, o object.Owner) {
	writePerson(w, element, o.CanonicalID, r.nameOf(o.CanonicalID))
}

// writeInitiator adds who began an upload: an account, or a user or session by its ARN.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_Initiator.html
func (r *request) writeInitiator(w *xmlWriter, u *object.Upload) {
	arn := u.Initiator.ARN
	if arn == "" || strings.HasSuffix(arn, ":root") {
		r.writeOwner(w, "Initiator", u.Owner)
		return
	}
	writePerson(w, "Initiator", arn, arn[strings.LastIndexByte(arn, '/')+1:])
}

// writePerson adds an ID with the name for it, which older clients expect.
func writePerson(w *xmlWriter, element, id, name string) {
	w.open(element)
	w.text("ID", id)
	writeDisplayName(w, name)
	w.close(element)
}

func writeDisplayName(w *xmlWriter, name string) {
	if name != "" {
		w.text("DisplayName", name)
	}
}

// began reports whether the caller began the upload that the request is about, or is the
// root user of the account whose user began it.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions
func (r *request) began() bool {
	p := &r.auth.Principal
	if r.upload == nil || p.Anonymous() || r.upload.Initiator.ID == "" {
		return false
	}
	if r.upload.Initiator.ID == p.ID {
		return true
	}
	// arn:aws:iam::ACCOUNT:user/NAME
	parts := strings.SplitN(r.upload.Initiator.ARN, ":", 6)
	return p.Root && len(parts) == 6 && parts[4] == p.AccountID
}
