"""What the firewall answers to callers who call too often: HTTP 429 and when to come back (RFC 6585, section 4)."""

import json
from types import MappingProxyType

from aws_cdk import aws_wafv2 as waf

_BODY = "TooManyRequests"

# In the form of GraphQL's errors, as AppSync words them, so that clients show the message.
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
    """The action of a rate-based rule: whoever stays quiet for its window of seconds is let in again for sure.

    Without the CORS headers a browser keeps the answer from the page that asked.
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
