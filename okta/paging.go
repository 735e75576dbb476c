package okta

import (
	"context"

	sdk "github.com/okta/okta-sdk-golang/v2/okta"

	"airpass/outbound"
)

// noLimit asks collect for every item.
const noLimit = -1

// collect asks for a list page by page, each page one call at the site, until limit
// items are there or there is no further page.
// See https://developer.okta.com/docs/api/#link-header.
func collect[T any](ctx context.Context, c *Client, site outbound.Site, limit int,
	first func(context.Context) ([]T, *sdk.Response, error),
) ([]T, error) {
	var all []T
	var resp *sdk.Response
	visited := map[string]bool{}
	for {
		err := c.o.Caller.Do(ctx, site, func(ctx context.Context) error {
			var items []T
			var err error
			if resp == nil {
				items, resp, err = first(ctx)
			} else {
				resp, err = resp.Next(ctx, &items)
			}
			all = append(all, items...)
			return classified(site, err)
		})
		if err != nil {
			return nil, err
		}
		if limit >= 0 && len(all) >= limit {
			return all[:limit], nil
		}
		if !resp.HasNextPage() {
			return all, nil
		}
		if visited[resp.NextPage] {
			return nil, implausible(site, "pages that lead in a circle")
		}
		visited[resp.NextPage] = true
	}
}
