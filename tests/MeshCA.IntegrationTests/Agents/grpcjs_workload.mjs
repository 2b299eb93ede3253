// The Workload API and SDS, by npm's grpc-js against an agent, with the protos as they are.
//
// usage: node grpcjs_workload.mjs TARGET PROTO-DIRECTORY
// Prints a line for each step that holds; after `rotate` the test changes what the agent holds. The first that does not ends it.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

// Installed once for all tests, by scripts/install-interop.sh.
const require = createRequire(new URL('../../Grpc.Tests/Interop/package.json', import.meta.url));
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const [target, protos] = process.argv.slice(2);
const definition = loader.loadSync(
  ['spiffe/workload.proto', 'envoy/service/secret/v3/sds.proto'],
  { includeDirs: [protos], keepCase: true, defaults: true, oneofs: true },
);
const loaded = grpc.loadPackageDefinition(definition);
const options = { 'grpc.enable_http_proxy': 0 };
const workload = new loaded.SpiffeWorkloadAPI(target, grpc.credentials.createInsecure(), options);
const sds = new loaded.envoy.service.secret.v3.SecretDiscoveryService(target, grpc.credentials.createInsecure(), options);
const SECRET = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret';
const header = new grpc.Metadata();
header.set('workload.spiffe.io', 'true');

// Messages and the end of a stream, one at a time.
const follow = (call) => {
  const [events, waiting] = [[], []];
  const push = (event) => (waiting.length ? waiting.shift()(event) : events.push(event));
  call.on('data', (message) => push({ message }));
  call.on('end', () => push({ end: true }));
  call.on('error', (error) => push({ error }));
  return () => (events.length ? Promise.resolve(events.shift()) : new Promise((resolve) => waiting.push(resolve)));
};
const say = (step) => console.log(step);

assert.equal((await follow(workload.FetchX509SVID({}))()).error.code, grpc.status.INVALID_ARGUMENT);
say('header');
await new Promise((resolve) => {
  workload.ValidateJWTSVID({ audience: 'a', svid: 'x.y.z' }, header, (error) => {
    assert.equal(error.code, grpc.status.INVALID_ARGUMENT);
    resolve();
  });
});
say('validate');
const bundles = workload.FetchJWTBundles({}, header);
assert.deepEqual(Object.keys((await follow(bundles)()).message.bundles), ['spiffe://cluster.local']);
bundles.on('error', () => {});
bundles.cancel();
say('bundles');

const svids = follow(workload.FetchX509SVID({}, header));
const first = (await svids()).message;
assert.deepEqual(first.svids.map((svid) => svid.spiffe_id), ['spiffe://cluster.local/ns/shop/sa/web']);
const call = sds.StreamSecrets();
const stream = follow(call);
call.write({ type_url: SECRET, resource_names: ['default'] });
const secret = (await stream()).message;
assert.equal(secret.resources.length, 1);
assert.ok(secret.resources[0].value.includes('BEGIN PRIVATE KEY'));
call.write({ type_url: SECRET, resource_names: ['default'], version_info: secret.version_info, response_nonce: secret.nonce });
say('rotate');
assert.notDeepEqual((await svids()).message.svids[0].x509_svid, first.svids[0].x509_svid);
const pushed = (await stream()).message;
assert.notEqual(pushed.version_info, secret.version_info);
assert.notEqual(pushed.nonce, secret.nonce);
say('pushed');

// Not taken, and another one asked for.
call.write({
  type_url: SECRET,
  resource_names: ['default', 'ROOTCA'],
  version_info: secret.version_info,
  response_nonce: pushed.nonce,
  error_detail: { code: 13, message: 'not taken' },
});
assert.ok((await stream()).message.resources[0].value.includes('BEGIN CERTIFICATE'));
call.end();
assert.ok((await stream()).end);
say('refused');
say('stop');
assert.equal((await svids()).error.code, grpc.status.UNAVAILABLE);
say('stopped');
workload.close();
sds.close();
