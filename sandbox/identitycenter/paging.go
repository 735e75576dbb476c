package identitycenter

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
)

// paging is what the requests of lists have in common.
type paging struct {
	MaxResults *int   `json:"MaxResults"`
	NextToken  string `json:"NextToken"`
}

// page cuts the part that a request asks for out of a list. A token is good for the
// list that gave it only; without MaxResults a page has 100 items.
func page[T any](p paging, list string, items []T) ([]T, string, error) {
	size := 100
	if p.MaxResults != nil {
		size = *p.MaxResults
	}
	if size < 1 || size > 100 {
		return nil, "", errValidation("1 validation error detected: Value at 'maxResults' failed to satisfy constraint: Member must be between 1 and 100")
	}
	from := 0
	if p.NextToken != "" {
		text, err := base64.URLEncoding.DecodeString(p.NextToken)
		at, found := strings.CutPrefix(string(text), list+"\n")
		if from, _ = strconv.Atoi(at); err != nil || !found || from < 1 {
			return nil, "", errValidation("Invalid NextToken")
		}
	}
	from = min(from, len(items))
	to := min(from+size, len(items))
	next := ""
	if to < len(items) {
		next = base64.URLEncoding.EncodeToString(fmt.Appendf(nil, "%s\n%d", list, to))
	}
	return append([]T{}, items[from:to]...), next, nil
}
