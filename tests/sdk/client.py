"""The official Python SDK against a sandbox: `client.py BASE_URL KEY`."""

import io
import sys

import stripe

stripe.api_base, stripe.api_key = sys.argv[1:]
stripe.enable_telemetry = False
stripe.max_network_retries = 0

created = stripe.Customer.create(
    email="ada@example.com",
    name="Ada",
    address={"city": "Ulm", "country": "DE"},
    metadata={"crm_id": "7"},
    preferred_locales=["de", "en"],
)
assert created.id.startswith("cus_"), created
assert created.address.city == "Ulm" and created.address.line1 is None, created
assert created.preferred_locales == ["de", "en"], created

again = stripe.Customer.retrieve(created.id)
assert again.to_dict() == created.to_dict(), again

updated = stripe.Customer.modify(created.id, name="Ada King", email="", metadata={"crm_id": "", "tier": "gold"})
assert (updated.name, updated.email) == ("Ada King", None), updated
assert updated.metadata.to_dict() == {"tier": "gold"}, updated

made = {created.id}
for number in range(120):
    made.add(stripe.Customer.create(name=f"No {number}").id)
listed = [customer.id for customer in stripe.Customer.list(limit=50).auto_paging_iter()]
assert len(listed) == len(made) == 121 and set(listed) == made, len(listed)

product = stripe.Product.create(name="Widget")
price = stripe.Price.create(
    product=product.id, currency="usd", unit_amount=1250, recurring={"interval": "month"}, expand=["product"]
)
assert price.type == "recurring" and price.product.name == "Widget", price
found = stripe.Customer.search(query='name:"ada king"')
assert [customer.id for customer in found.data] == [created.id], found

first = stripe.Customer.create(name="Once", idempotency_key="python-once")
second = stripe.Customer.create(name="Once", idempotency_key="python-once")
assert first.id == second.id, (first, second)

stripe.upload_api_base = stripe.api_base
file = stripe.File.create(purpose="dispute_evidence", file=io.BytesIO(b"12345"))
assert (file.purpose, file.size) == ("dispute_evidence", 5), file

invoice = stripe.Invoice.create(
    customer=created.id, collection_method="send_invoice", days_until_due=30, currency="eur"
)
assert (invoice.status, invoice.total) == ("draft", 0), invoice
stripe.InvoiceItem.create(customer=created.id, invoice=invoice.id, amount=1250, currency="eur", description="Work")
stripe.InvoiceItem.create(
    customer=created.id, invoice=invoice.id, unit_amount_decimal="0.5", quantity=101, currency="eur"
)
finalized = stripe.Invoice.finalize_invoice(invoice.id)
assert (finalized.status, finalized.total, finalized.amount_due) == ("open", 1301, 1301), finalized
assert finalized.number.endswith("-0001") and finalized.hosted_invoice_url, finalized
read = stripe.Invoice.retrieve(invoice.id, expand=["customer"])
assert read.customer.id == created.id and read.number == finalized.number, read
assert [line.amount for line in read.lines.auto_paging_iter()] == [1250, 51], read.lines
try:
    stripe.Invoice.finalize_invoice(invoice.id)
    raise AssertionError("an invoice was finalised twice")
except stripe.InvalidRequestError as error:
    assert "already finalized" in error.user_message, error
paid = stripe.Invoice.pay(invoice.id, payment_method="pm_card_visa")
assert (paid.status, paid.amount_remaining) == ("paid", 0), paid
event = stripe.Event.list(type="invoice.paid").data[0]
assert event.data.object.id == invoice.id, event
try:
    stripe.PaymentIntent.create(
        amount=500, currency="eur", payment_method="pm_card_chargeDeclined", confirm=True
    )
    raise AssertionError("a declined card paid")
except stripe.CardError as error:
    assert (error.code, error.error.decline_code) == ("card_declined", "generic_decline"), error

deleted = created.delete()
assert deleted.deleted is True, deleted
assert stripe.Customer.retrieve(created.id).deleted is True

try:
    stripe.Customer.create(colour="red")
    raise AssertionError("an unknown parameter was taken")
except stripe.InvalidRequestError as error:
    assert (error.code, error.param, error.http_status) == ("parameter_unknown", "colour", 400), error
    assert error.request_id.startswith("req_"), error
try:
    stripe.Customer.retrieve("cus_none")
    raise AssertionError("a missing customer was found")
except stripe.InvalidRequestError as error:
    assert (error.code, error.http_status) == ("resource_missing", 404), error
try:
    stripe.Customer.create(name="Other", idempotency_key="python-once")
    raise AssertionError("a key was used twice")
except stripe.IdempotencyError as error:
    assert error.http_status == 400, error
try:
    stripe.Customer.list(api_key="sk_live_0000000000")
    raise AssertionError("a live key was taken")
except stripe.AuthenticationError as error:
    assert error.http_status == 401, error

print("ok")
