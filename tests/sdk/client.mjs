// The official Node SDK against a sandbox: `client.mjs BASE_URL KEY`.

import assert from 'node:assert/strict';
import Stripe from 'stripe';

const [base, key] = process.argv.slice(2);
const {hostname: host, port} = new URL(base);
const options = {host, port, protocol: 'http', telemetry: false, maxNetworkRetries: 0};
const stripe = new Stripe(key, options);

const created = await stripe.customers.create({
  email: 'ada@example.com',
  name: 'Ada',
  address: {city: 'Ulm', country: 'DE'},
  metadata: {crm_id: '7'},
  preferred_locales: ['de', 'en'],
});
assert.match(created.id, /^cus_/);
assert.equal(created.address.city, 'Ulm');
assert.equal(created.address.line1, null);

const again = await stripe.customers.retrieve(created.id);
assert.deepEqual({...again}, {...created});

const updated = await stripe.customers.update(created.id, {
  name: 'Ada King',
  email: '',
  metadata: {crm_id: '', tier: 'gold'},
});
assert.equal(updated.name, 'Ada King');
assert.equal(updated.email, null);
assert.deepEqual(updated.metadata, {tier: 'gold'});

const made = new Set([created.id]);
for (let number = 0; number < 120; number += 1) {
  made.add((await stripe.customers.create({name: `No ${number}`})).id);
}
const listed = new Set();
for await (const customer of stripe.customers.list({limit: 50})) {
  listed.add(customer.id);
}
assert.equal(listed.size, 121);
assert.deepEqual(listed, made);

const product = await stripe.products.create({name: 'Widget'});
const price = await stripe.prices.create({
  product: product.id,
  currency: 'usd',
  unit_amount: 1250,
  recurring: {interval: 'month'},
  expand: ['product'],
});
assert.equal(price.product.name, 'Widget');

const once = {idempotencyKey: 'node-once'};
const first = await stripe.customers.create({name: 'Once'}, once);
const second = await stripe.customers.create({name: 'Once'}, once);
assert.equal(second.id, first.id);

const deleted = await stripe.customers.del(created.id);
assert.equal(deleted.deleted, true);

await assert.rejects(stripe.customers.create({colour: 'red'}), (error) => {
  assert.ok(error instanceof Stripe.errors.StripeInvalidRequestError, error);
  assert.deepEqual([error.code, error.param, error.statusCode], ['parameter_unknown', 'colour', 400]);
  assert.match(error.requestId, /^req_/);
  return true;
});
await assert.rejects(stripe.customers.create({name: 'Other'}, once), Stripe.errors.StripeIdempotencyError);
await assert.rejects(
  new Stripe('sk_live_0000000000', options).customers.list(),
  Stripe.errors.StripeAuthenticationError,
);

console.log('ok');
