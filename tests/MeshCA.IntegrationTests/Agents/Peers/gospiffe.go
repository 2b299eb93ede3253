// A workload that knows SPIFFE only through go-spiffe: the other side of what the long tests of the agent prove.
// It prints one JSON object a line and ends with 0 unless it could not do what it was asked to.
//
//	gospiffe watch N                      N updates of the X.509 source
//	gospiffe x509bundles | jwtbundles     the first message of a bundle stream
//	gospiffe jwt AUDIENCE                 a JWT-SVID, validated by the Workload API and by the JWT bundles
//	gospiffe server ID                    mutual TLS on loopback; admits ID; ends with its standard input
//	gospiffe client ADDRESS ID            one new connection, one echo for each line of standard input; admits ID
//	gospiffe federation URL DOMAIN ID     a bundle over https_spiffe from the endpoint ID, verified by the source's bundles
package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/spiffe/go-spiffe/v2/bundle/jwtbundle"
	"github.com/spiffe/go-spiffe/v2/bundle/x509bundle"
	"github.com/spiffe/go-spiffe/v2/federation"
	"github.com/spiffe/go-spiffe/v2/spiffeid"
	"github.com/spiffe/go-spiffe/v2/spiffetls/tlsconfig"
	"github.com/spiffe/go-spiffe/v2/svid/jwtsvid"
	"github.com/spiffe/go-spiffe/v2/svid/x509svid"
	"github.com/spiffe/go-spiffe/v2/workloadapi"
)

type line map[string]any

func say(what line) {
	text, err := json.Marshal(what)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(text))
}

func main() {
	// No test waits longer for one of these.
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	if err := run(ctx, os.Args[1:]); err != nil {
		say(line{"error": err.Error()})
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New("no verb")
	}
	verb, args := args[0], args[1:]
	arity := map[string]int{"watch": 1, "x509bundles": 0, "jwtbundles": 0, "jwt": 1, "server": 1, "client": 2, "federation": 3}
	if wanted, known := arity[verb]; !known || wanted != len(args) {
		return fmt.Errorf("`%s` with %d arguments is not known", verb, len(args))
	}
	switch verb {
	case "watch":
		return watch(ctx, args[0])
	case "x509bundles":
		bundles, err := workloadapi.FetchX509Bundles(ctx)
		if err == nil {
			say(line{"bundles": authorities(bundles)})
		}
		return err
	case "jwtbundles":
		bundles, err := workloadapi.FetchJWTBundles(ctx)
		if err == nil {
			say(line{"bundles": keys(bundles)})
		}
		return err
	case "jwt":
		return token(ctx, args[0])
	case "server":
		return server(ctx, args[0])
	case "client":
		return client(ctx, args[0], args[1])
	default:
		return fetchFederated(ctx, args[0], args[1], args[2])
	}
}

func authorities(bundles *x509bundle.Set) map[string]int {
	counts := map[string]int{}
	for _, bundle := range bundles.Bundles() {
		counts[bundle.TrustDomain().Name()] = len(bundle.X509Authorities())
	}
	return counts
}

func keys(bundles *jwtbundle.Set) map[string][]string {
	ids := map[string][]string{}
	for _, bundle := range bundles.Bundles() {
		list := []string{}
		for id := range bundle.JWTAuthorities() {
			list = append(list, id)
		}
		ids[bundle.TrustDomain().Name()] = list
	}
	return ids
}

// follower tells the first updates, and all errors, of a stream of SVIDs.
type follower struct {
	left int
	done context.CancelFunc
}

func (f *follower) OnX509ContextUpdate(update *workloadapi.X509Context) {
	if f.left == 0 {
		return
	}
	svid := update.DefaultSVID()
	ids := []string{}
	for _, each := range update.SVIDs {
		ids = append(ids, each.ID.String())
	}
	leaf := svid.Certificates[0]
	if _, _, err := x509svid.Verify(svid.Certificates, update.Bundles); err != nil {
		say(line{"error": err.Error()})
	}
	say(line{
		"id": svid.ID.String(), "ids": ids, "hint": svid.Hint, "serial": leaf.SerialNumber.Text(16), "notAfter": leaf.NotAfter.UTC().Format(time.RFC3339),
		"chain": len(svid.Certificates), "bundles": authorities(update.Bundles),
	})
	if f.left--; f.left == 0 {
		f.done()
	}
}

func (f *follower) OnX509ContextWatchError(err error) {
	if f.left > 0 {
		say(line{"watchError": err.Error()})
	}
}

func watch(ctx context.Context, count string) error {
	wanted, err := strconv.Atoi(count)
	if err != nil {
		return err
	}
	ctx, done := context.WithCancel(ctx)
	defer done()
	follow := &follower{left: wanted, done: done}
	err = workloadapi.WatchX509Context(ctx, follow)
	if follow.left > 0 {
		return fmt.Errorf("%d updates are missing: %w", follow.left, err)
	}
	return nil
}

func token(ctx context.Context, audience string) error {
	source, err := workloadapi.NewJWTSource(ctx)
	if err != nil {
		return err
	}
	defer source.Close()
	svid, err := source.FetchJWTSVID(ctx, jwtsvid.Params{Audience: audience})
	if err != nil {
		return err
	}
	if _, err = jwtsvid.ParseAndValidate(svid.Marshal(), source, []string{audience}); err != nil {
		return fmt.Errorf("by the bundles: %w", err)
	}
	if _, err = workloadapi.ValidateJWTSVID(ctx, svid.Marshal(), audience); err != nil {
		return fmt.Errorf("by the Workload API: %w", err)
	}
	_, foreign := workloadapi.ValidateJWTSVID(ctx, svid.Marshal(), audience+"-other")
	say(line{"id": svid.ID.String(), "audience": svid.Audience, "expiry": svid.Expiry.UTC().Format(time.RFC3339), "otherAudienceRefused": foreign != nil})
	return nil
}

func server(ctx context.Context, allowed string) error {
	peer, err := spiffeid.FromString(allowed)
	if err != nil {
		return err
	}
	source, err := workloadapi.NewX509Source(ctx)
	if err != nil {
		return err
	}
	defer source.Close()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", tlsconfig.MTLSServerConfig(source, source, tlsconfig.AuthorizeID(peer)))
	if err != nil {
		return err
	}
	say(line{"address": listener.Addr().String()})
	go func() {
		io.Copy(io.Discard, os.Stdin)
		listener.Close()
	}()
	for {
		connection, err := listener.Accept()
		if err != nil {
			return nil // closed
		}
		go serve(connection.(*tls.Conn))
	}
}

// serve sends lines back until the peer has enough.
func serve(connection *tls.Conn) {
	defer connection.Close()
	connection.SetDeadline(time.Now().Add(time.Minute))
	if err := connection.Handshake(); err != nil {
		say(line{"refused": err.Error()})
		return
	}
	id, _ := peerOf(connection)
	said := 0
	for lines := bufio.NewScanner(connection); lines.Scan(); said++ {
		if _, err := fmt.Fprintf(connection, "%s\n", lines.Text()); err != nil {
			return
		}
	}
	say(line{"peer": id, "lines": said})
}

func client(ctx context.Context, address, allowed string) error {
	peer, err := spiffeid.FromString(allowed)
	if err != nil {
		return err
	}
	source, err := workloadapi.NewX509Source(ctx)
	if err != nil {
		return err
	}
	defer source.Close()
	config := tlsconfig.MTLSClientConfig(source, source, tlsconfig.AuthorizeID(peer))
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		started := time.Now()
		id, err := echo(address, config, lines.Text())
		if err != nil {
			say(line{"failed": err.Error()})
			continue
		}
		say(line{"peer": id, "milliseconds": float64(time.Since(started).Microseconds()) / 1000})
	}
	return nil
}

func peerOf(connection *tls.Conn) (string, error) {
	chain := connection.ConnectionState().PeerCertificates
	if len(chain) == 0 {
		return "", errors.New("the peer showed no certificate")
	}
	id, err := x509svid.IDFromCert(chain[0])
	return id.String(), err
}

func echo(address string, config *tls.Config, text string) (string, error) {
	connection, err := tls.DialWithDialer(&net.Dialer{Timeout: 10 * time.Second}, "tcp", address, config)
	if err != nil {
		return "", err
	}
	defer connection.Close()
	connection.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := fmt.Fprintf(connection, "%s\n", text); err != nil {
		return "", err
	}
	answer, err := bufio.NewReader(connection).ReadString('\n')
	if err != nil {
		return "", err
	}
	if answer != text+"\n" {
		return "", fmt.Errorf("`%s` came back as `%s`", text, answer)
	}
	return peerOf(connection)
}

func fetchFederated(ctx context.Context, url, domain, endpoint string) error {
	trustDomain, err := spiffeid.TrustDomainFromString(domain)
	if err != nil {
		return err
	}
	id, err := spiffeid.FromString(endpoint)
	if err != nil {
		return err
	}
	source, err := workloadapi.NewX509Source(ctx)
	if err != nil {
		return err
	}
	defer source.Close()
	bundle, err := federation.FetchBundle(ctx, trustDomain, url, federation.WithSPIFFEAuth(source, id))
	if err != nil {
		return err
	}
	sequence, _ := bundle.SequenceNumber()
	hint, _ := bundle.RefreshHint()
	say(line{
		"domain": bundle.TrustDomain().Name(), "x509": len(bundle.X509Authorities()), "jwt": len(bundle.JWTAuthorities()),
		"sequence": sequence, "refreshHintSeconds": hint.Seconds(),
	})
	return nil
}
