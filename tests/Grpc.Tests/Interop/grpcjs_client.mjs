// The unary interoperability cases, by npm's grpc-js against our server.
//
// usage: node grpcjs_client.mjs TARGET PROTO [ROOT_CERTIFICATE]
// Prints a line for each case that holds; the first that does not ends it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import grpc from '@grpc/grpc-js';
import loader from '@grpc/proto-loader';

const INITIAL = 'x-grpc-test-echo-initial';
const TRAILING = 'x-grpc-test-echo-trailing-bin';
const HANG = 'x-test-hang';
const PATIENCE = 60_000;

const [target, proto, root] = process.argv.slice(2);
const { TestService, UnimplementedService } = grpc.loadPackageDefinition(loader.loadSync(proto)).grpc.testing;
const credentials = root ? grpc.credentials.createSsl(readFileSync(root)) : grpc.credentials.createInsecure();
const client = new TestService(target, credentials);
const stranger = new UnimplementedService(target, credentials);

const metadata = (entries) => {
  const result = new grpc.Metadata();
  for (const [key, value] of Object.entries(entries)) {
    result.set(key, value);
  }
  return result;
};

// Resolves to what the call ended with; begun is called with the call.
const run = (method, request, { entries = {}, timeout = PATIENCE, from = client, begun = () => {} } = {}) =>
  new Promise((resolve) => {
    const outcome = {};
    const call = from[method](request, metadata(entries), { deadline: Date.now() + timeout }, (error, response) => {
      outcome.code = error?.code ?? grpc.status.OK;
      outcome.details = error?.details;
      outcome.response = response;
    });
    call.on('metadata', (headers) => {
      outcome.headers = headers;
      begun(call);
    });
    call.on('status', (status) => {
      outcome.trailers = status.metadata;
      setImmediate(() => resolve(outcome));
    });
  });

const bytes = (size) => ({ body: Buffer.alloc(size) });
const echo = async (message) => {
  const outcome = await run('UnaryCall', { responseStatus: { code: 2, message } });
  assert.deepEqual([outcome.code, outcome.details], [grpc.status.UNKNOWN, message]);
};

const cases = {
  async empty_unary() {
    assert.equal((await run('EmptyCall', {})).code, grpc.status.OK);
  },
  async large_unary() {
    const outcome = await run('UnaryCall', { responseSize: 314159, payload: bytes(271828) });
    assert.equal(outcome.response.payload.body.length, 314159);
  },
  async custom_metadata() {
    const outcome = await run('UnaryCall', {}, {
      entries: { [INITIAL]: 'test_initial_metadata_value', [TRAILING]: Buffer.from('ababab', 'hex') },
    });
    assert.deepEqual(outcome.headers.get(INITIAL), ['test_initial_metadata_value']);
    assert.deepEqual(outcome.trailers.get(TRAILING), [Buffer.from('ababab', 'hex')]);
  },
  status_code_and_message: () => echo('test status message'),
  special_status_message: () =>
    echo('\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \u{1F608}\t\n'),
  async unimplemented_method() {
    assert.equal((await run('UnimplementedCall', {})).code, grpc.status.UNIMPLEMENTED);
  },
  async unimplemented_service() {
    assert.equal((await run('UnimplementedCall', {}, { from: stranger })).code, grpc.status.UNIMPLEMENTED);
  },
  async cancel_after_begin() {
    const entries = { [HANG]: 'cancel', [INITIAL]: 'begun' };
    const outcome = await run('UnaryCall', {}, { entries, begun: (call) => call.cancel() });
    assert.equal(outcome.code, grpc.status.CANCELLED);
  },
  async timeout_on_sleeping_server() {
    for (const timeout of [1, 200]) {
      const outcome = await run('UnaryCall', {}, { entries: { [HANG]: `timeout-${timeout}` }, timeout });
      assert.equal(outcome.code, grpc.status.DEADLINE_EXCEEDED);
    }
  },
  async size_limit() {
    const above = await run('UnaryCall', { payload: bytes(4 * 1024 * 1024) });
    assert.equal(above.code, grpc.status.RESOURCE_EXHAUSTED);
    // With the fields around it exactly the limit.
    const below = await run('UnaryCall', { responseSize: 1, payload: bytes(4 * 1024 * 1024 - 12) });
    assert.equal(below.response.payload.body.length, 1);
  },
  async parallel() {
    const sizes = Array.from({ length: 800 }, (_, index) => index + 1);
    const outcomes = await Promise.all(
      sizes.map((size) => run('UnaryCall', { responseSize: size, payload: bytes(size) })));
    assert.deepEqual(outcomes.map((outcome) => outcome.response.payload.body.length), sizes);
  },
};

for (const [name, holds] of Object.entries(cases)) {
  await holds();
  console.log(name);
}
client.close();
stranger.close();
