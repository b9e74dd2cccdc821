package s3

import (
	"net/http"

	"github.com/signet-store/signet/internal/front"
)

type response = front.Response

// xmlResponse answers with an XML document.
func xmlResponse(document []byte) response {
	return response{
		Status:   http.StatusOK,
		Fields:   []front.Field{{Name: "Content-Type", Value: "application/xml"}},
		Document: document,
	}
}
