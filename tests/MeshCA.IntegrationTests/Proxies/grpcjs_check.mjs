// Asks Check as a client that nobody here wrote: npm's grpc-js, with the messages of check.proto.
//
// usage: node grpcjs_check.mjs PROTO TARGET [ROOTS [CHAIN KEY]]
// Reads an array of CheckRequest from standard input, and writes an array of what each call ended with.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

// Installed once for all tests, by scripts/install-interop.sh.
const require = createRequire(new URL('../../Grpc.Tests/Interop/package.json', import.meta.url));
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const [proto, target, roots, chain, key] = process.argv.slice(2);
const definition = loader.loadSync(proto, { keepCase: true, defaults: true, oneofs: true });
const { Authorization } = grpc.loadPackageDefinition(definition).envoy.service.auth.v3;
const client = new Authorization(
  target,
  roots
    ? grpc.credentials.createSsl(...[roots, key, chain].map((file) => (file ? readFileSync(file) : null)))
    : grpc.credentials.createInsecure(),
  { 'grpc.ssl_target_name_override': 'localhost', 'grpc.enable_http_proxy': 0 },
);

const check = (request) => new Promise((resolve) => {
  client.check(request, { deadline: Date.now() + 30_000 }, (error, response) => {
    resolve(error ? { error: error.code, details: error.details } : response);
  });
});

const answers = [];
for (const request of JSON.parse(readFileSync(0, 'utf8'))) {
  answers.push(await check(request));
}

console.log(JSON.stringify(answers));
client.close();
