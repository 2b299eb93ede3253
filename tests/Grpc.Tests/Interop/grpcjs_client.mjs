// The interoperability cases, by npm's grpc-js against our server.
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

// Starts a streaming call; outcome resolves once it ended.
const open = (method, request, { entries = {}, timeout = PATIENCE } = {}) => {
  const call = request === undefined
    ? client[method](metadata(entries), { deadline: Date.now() + timeout })
    : client[method](request, metadata(entries), { deadline: Date.now() + timeout });
  const result = { call, sizes: [], headers: undefined };
  const waiting = [];
  const wake = () => waiting.splice(0).forEach((resolve) => resolve());
  call.on('metadata', (headers) => { result.headers = headers; });
  call.on('data', (response) => { result.sizes.push(response.payload?.body.length ?? 0); wake(); });
  call.on('error', () => {});
  result.outcome = new Promise((resolve) => call.on('status', (status) => { resolve(status); wake(); }));
  result.received = async (count) => {
    while (result.sizes.length < count) {
      await new Promise((resolve) => waiting.push(resolve));
    }
  };
  return result;
};

const SIZES = [31415, 9, 2653, 58979];
const sized = (...sizes) => ({ responseParameters: sizes.map((size) => ({ size })) });

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
  async client_streaming() {
    const sum = await new Promise((resolve, reject) => {
      const call = client.StreamingInputCall((error, response) =>
        error ? reject(error) : resolve(response.aggregatedPayloadSize));
      for (const size of [27182, 8, 1828, 45904]) {
        call.write({ payload: bytes(size) });
      }
      call.end();
    });
    assert.equal(sum, 74922);
  },
  async server_streaming() {
    const stream = open('StreamingOutputCall', sized(...SIZES));
    assert.equal((await stream.outcome).code, grpc.status.OK);
    assert.deepEqual(stream.sizes, SIZES);
  },
  async ping_pong() {
    const stream = open('FullDuplexCall');
    for (const [index, size] of SIZES.entries()) {
      stream.call.write(sized(size));
      await stream.received(index + 1);
    }
    stream.call.end();
    assert.equal((await stream.outcome).code, grpc.status.OK);
    assert.deepEqual(stream.sizes, SIZES);
  },
  async empty_stream() {
    const stream = open('FullDuplexCall');
    stream.call.end();
    assert.equal((await stream.outcome).code, grpc.status.OK);
    assert.deepEqual(stream.sizes, []);
  },
  async custom_metadata_of_a_stream() {
    const stream = open('FullDuplexCall', undefined, {
      entries: { [INITIAL]: 'test_initial_metadata_value', [TRAILING]: Buffer.from('ababab', 'hex') },
    });
    stream.call.write(sized(1));
    stream.call.end();
    assert.deepEqual((await stream.outcome).metadata.get(TRAILING), [Buffer.from('ababab', 'hex')]);
    assert.deepEqual(stream.headers.get(INITIAL), ['test_initial_metadata_value']);
  },
  async status_of_a_stream() {
    const stream = open('FullDuplexCall');
    stream.call.write(sized(9));
    stream.call.write({ responseStatus: { code: 2, message: 'test status message' } });
    const { code, details } = await stream.outcome;
    assert.deepEqual([code, details, stream.sizes], [grpc.status.UNKNOWN, 'test status message', [9]]);
  },
  async cancel_after_first_response() {
    const stream = open('FullDuplexCall', undefined, { entries: { [HANG]: 'cancel-stream' } });
    stream.call.write(sized(31415));
    await stream.received(1);
    stream.call.cancel();
    assert.equal((await stream.outcome).code, grpc.status.CANCELLED);
  },
  async timeout_of_a_stream() {
    const stream = open('FullDuplexCall', undefined, { entries: { [HANG]: 'timeout-stream' }, timeout: 500 });
    stream.call.write(sized(9));
    assert.equal((await stream.outcome).code, grpc.status.DEADLINE_EXCEEDED);
    assert.deepEqual(stream.sizes, [9]);
  },
  async large_stream() {
    const stream = open('StreamingOutputCall', sized(...Array(32).fill(1000000)));
    assert.equal((await stream.outcome).code, grpc.status.OK);
    assert.equal(stream.sizes.reduce((sum, size) => sum + size, 0), 32000000);
  },
};

for (const [name, holds] of Object.entries(cases)) {
  await holds();
  console.log(name);
}
client.close();
stranger.close();
