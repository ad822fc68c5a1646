"""The firewall's answer to a throttled caller: HTTP 429 with the time after which to retry (RFC 6585, section 4)."""

import json
from types import MappingProxyType

from aws_cdk import aws_wafv2 as waf

_BODY = "TooManyRequests"

# The bodies have the form of AppSync's GraphQL errors, so that clients show the message.
BODIES = MappingProxyType(
    {
        _BODY: waf.CfnWebACL.CustomResponseBodyProperty(
            content_type="APPLICATION_JSON",
            content=json.dumps(
                {
                    "errors": [
                        {
                            "errorType": "TooManyRequests",
                            "message": "Too many requests. Please try again later, as the header Retry-After says.",
                        }
                    ]
                }
            ),
        )
    }
)


def refusal(window: int) -> waf.CfnWebACL.RuleActionProperty:
    """Returns the action of a rate-based rule.

    A caller that sends nothing for `window` seconds is certainly accepted again. Without the CORS headers, a browser
    would hide the answer from the page that sent the request.
    """
    headers = {
        "Retry-After": str(window),
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "Retry-After",
    }
    return waf.CfnWebACL.RuleActionProperty(
        block=waf.CfnWebACL.BlockActionProperty(
            custom_response=waf.CfnWebACL.CustomResponseProperty(
                response_code=429,
                custom_response_body_key=_BODY,
                response_headers=[
                    waf.CfnWebACL.CustomHTTPHeaderProperty(name=name, value=value) for name, value in headers.items()
                ],
            )
        )
    )
