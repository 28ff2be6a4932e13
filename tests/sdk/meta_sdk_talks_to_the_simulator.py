"""Meta's own Python SDK plays the page's example against the simulator.

The SDK was written by Meta for Meta: what it sends and what it can read is evidence that the simulator's
paths, parameters, envelopes and pages are those of the Graph API. The simulator is started by this
program; HANDOVER names the command to start it with (default target/debug/handover).
"""

import datetime
import json
import os
import subprocess
import unittest
import urllib.request

from facebook_business.adobjects.business import Business
from facebook_business.adobjects.extendedcredit import ExtendedCredit
from facebook_business.adobjects.extendedcreditallocationconfig import ExtendedCreditAllocationConfig
from facebook_business.adobjects.whatsappbusinessaccount import WhatsAppBusinessAccount
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession

COMMAND = os.environ.get("HANDOVER", "target/debug/handover")


class MetasSdk(unittest.TestCase):
    def setUp(self):
        arguments = [COMMAND, "simulator", "--port", "0"]
        self.simulator = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.simulator.stdout.close)
        self.addCleanup(self.simulator.wait)
        self.addCleanup(self.simulator.kill)
        self.world = json.loads(self.simulator.stdout.readline())
        graph = FacebookSession.GRAPH
        self.addCleanup(setattr, FacebookSession, "GRAPH", graph)
        FacebookSession.GRAPH = self.world["url"]
        self.system = self.api(self.world["system_user_token"])
        self.waba_id = self.world["wabas"][0]["id"]

    def api(self, token):
        """A caller with a token; the SDK adds the appsecret_proof itself."""
        return FacebookAdsApi(FacebookSession(self.world["app_id"], self.world["app_secret"], token))

    def control(self, route, body):
        request = urllib.request.Request(
            f"{self.world['url']}/_simulator/{route}",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def move_clock(self, day):
        self.control("clock", {"to": f"{day.isoformat()}T09:00:00Z"})

    def sign_up(self):
        """Embedded Signup and the code exchange: a caller with the customer's business token."""
        code = self.control("signup", self.world["signup"]["body"])["code"]
        secrets = {"client_id": self.world["app_id"], "client_secret": self.world["app_secret"], "code": code}
        answer = self.system.call("GET", ("oauth", "access_token"), params=secrets)
        return self.api(answer.json()["access_token"])

    def test_the_page_example_from_unshare_to_the_new_line(self):
        today = datetime.datetime.now(datetime.timezone.utc).date()
        next_month = (today.replace(day=1) + datetime.timedelta(days=31)).replace(day=1)
        month_after = (next_month + datetime.timedelta(days=31)).replace(day=1)

        self.move_clock(next_month.replace(day=20))
        self.control("unshare", {"waba_id": self.waba_id})
        self.move_clock(next_month.replace(day=21))
        customer = self.sign_up()

        waba = WhatsAppBusinessAccount(self.waba_id, api=customer)
        waba.api_get(fields=["name", "currency", "timezone_id", "ownership_type", "owner_business_info"])
        self.assertEqual(waba["ownership_type"], "CLIENT_OWNED")
        owner = waba["owner_business_info"]["id"]
        self.assertEqual(owner, self.world["wabas"][0]["business_id"])
        numbers = waba.get_phone_numbers()
        shown = [number["id"] for number in self.world["wabas"][0]["phone_numbers"]]
        self.assertEqual([number["id"] for number in numbers], shown)

        business = Business(self.world["business_id"], api=self.system)
        [user] = business.get_system_users(fields=["id", "name"])
        ours = WhatsAppBusinessAccount(self.waba_id, api=self.system)
        ours.create_assigned_user(params={"user": int(user["id"]), "tasks": ["MANAGE"]})
        [assigned] = ours.get_assigned_users(params={"business": self.world["business_id"]})
        self.assertEqual((assigned["id"], assigned["tasks"]), (user["id"], ["MANAGE"]))

        waba.create_subscribed_app()
        [subscribed] = waba.get_subscribed_apps()
        self.assertEqual(subscribed["whatsapp_business_api_data"]["id"], self.world["app_id"])

        [line] = business.get_extended_credits(fields=["id", "legal_entity_name"])
        self.assertEqual(line["id"], self.world["credit_line_id"])
        line = ExtendedCredit(line["id"], api=self.system)
        wish = {"waba_id": self.waba_id, "waba_currency": waba["currency"]}
        line.create_whats_app_credit_sharing_and_attach(params=wish)
        [shared] = line.get_owning_credit_allocation_configs(params={"receiving_business_id": owner})
        allocation = ExtendedCreditAllocationConfig(shared["id"], api=self.system)
        allocation.api_get(fields=["receiving_credential", "receiving_business", "request_status"])
        self.assertEqual(allocation["receiving_business"]["id"], owner)

        before = waba.api_get(fields=["primary_funding_id"])["primary_funding_id"]
        self.assertNotEqual(before, allocation["receiving_credential"]["id"])
        self.move_clock(month_after)
        after = waba.api_get(fields=["primary_funding_id"])["primary_funding_id"]
        self.assertEqual(after, allocation["receiving_credential"]["id"])

        allocation.api_delete()
        allocation.api_get(fields=["request_status"])
        self.assertEqual(allocation["request_status"], "DELETED")

    def test_a_number_is_registered_and_a_message_goes_out(self):
        customer = self.sign_up()
        number = self.world["wabas"][0]["phone_numbers"][0]["id"]
        pin = {"messaging_product": "whatsapp", "pin": "012345"}
        self.assertTrue(customer.call("POST", (number, "register"), params=pin).is_success())
        state = customer.call("GET", (number,), params={"fields": "status,platform_type"}).json()
        self.assertEqual((state["status"], state["platform_type"]), ("CONNECTED", "CLOUD_API"))
        message = {"messaging_product": "whatsapp", "to": "4915112345678", "text": {"body": "Hello"}}
        sent = customer.call("POST", (number, "messages"), params=message).json()
        self.assertTrue(sent["messages"][0]["id"].startswith("wamid."))

    def test_a_refusal_is_read_with_its_code_and_subcode(self):
        code = self.control("signup", self.world["signup"]["body"])["code"]
        secrets = {"client_id": self.world["app_id"], "client_secret": self.world["app_secret"], "code": code}
        self.system.call("GET", ("oauth", "access_token"), params=secrets)
        with self.assertRaises(FacebookRequestError) as used:
            self.system.call("GET", ("oauth", "access_token"), params=secrets)
        self.assertEqual((used.exception.api_error_code(), used.exception.api_error_subcode()), (100, 36009))
        self.assertEqual(used.exception.api_error_type(), "OAuthException")

        with self.assertRaises(FacebookRequestError) as unknown:
            WhatsAppBusinessAccount("1", api=self.system).api_get(fields=["id"])
        self.assertEqual((unknown.exception.api_error_code(), unknown.exception.api_error_subcode()), (100, 33))

    def test_a_wrong_secret_makes_a_proof_that_is_refused(self):
        session = FacebookSession(self.world["app_id"], "wrong", self.world["system_user_token"])
        business = Business(self.world["business_id"], api=FacebookAdsApi(session))
        with self.assertRaises(FacebookRequestError) as refused:
            business.get_system_users()
        self.assertIn("appsecret_proof", refused.exception.api_error_message())

    def test_a_token_shows_what_it_reaches(self):
        customer = self.sign_up()
        token = customer._session.access_token
        seen = self.system.call("GET", ("debug_token",), params={"input_token": token}).json()["data"]
        self.assertTrue(seen["is_valid"])
        self.assertEqual(seen["app_id"], self.world["app_id"])
        self.assertEqual(seen["granular_scopes"][0]["target_ids"], [self.waba_id])


if __name__ == "__main__":
    unittest.main()
