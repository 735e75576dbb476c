package okta

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"strings"

	"github.com/go-jose/go-jose/v3"

	"airpass/access"
)

// newSigner reads a private key of an API Services app. The SDK's own reader takes
// PKCS#1 only, and a file's name for a key. The errors hold nothing of the key.
func newSigner(text, keyID string) (jose.Signer, error) {
	// One line with \n in it is how a key survives an environment variable.
	block, _ := pem.Decode([]byte(strings.ReplaceAll(text, `\n`, "\n")))
	if block == nil {
		return nil, fmt.Errorf("%w: the Okta private key is not PEM", access.ErrInvalid)
	}
	key, err := rsaKey(block)
	if err != nil {
		return nil, err
	}
	var o *jose.SignerOptions
	if keyID != "" {
		o = (&jose.SignerOptions{}).WithHeader("kid", keyID)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key}, o)
	if err != nil {
		return nil, fmt.Errorf("%w: the Okta private key cannot sign", access.ErrInvalid)
	}
	return signer, nil
}

func rsaKey(block *pem.Block) (*rsa.PrivateKey, error) {
	switch block.Type {
	case "RSA PRIVATE KEY":
		if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
			return key, nil
		}
	case "PRIVATE KEY":
		parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if key, ok := parsed.(*rsa.PrivateKey); err == nil && ok {
			return key, nil
		}
	}
	return nil, fmt.Errorf("%w: the Okta private key is not an RSA key in PKCS#1 or PKCS#8, without a passphrase", access.ErrInvalid)
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
