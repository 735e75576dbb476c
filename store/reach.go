package store

import (
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
)

// Unreachable says whether an error of Open or Lock is that PostgreSQL cannot be
// reached, or is only just starting or stopping, which may be over in a moment. What
// the server has refused is not: a password, a database that is not there.
// See https://www.postgresql.org/docs/current/errcodes-appendix.html.
func Unreachable(err error) bool {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return refused.Code == "57P03" || refused.Code == "57P01" || refused.Code == "57P02" || refused.Code == "53300"
	}
	var failed *pgconn.ConnectError
	return errors.As(err, &failed)
}
