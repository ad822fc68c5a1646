"""AWS list prices in us-east-1 in dollars per million, without free tiers, as of November 2026.

The prices are those of the services' public pricing pages. For AppSync operations, SNS and SQS they were confirmed only
by third-party copies of these pages.
"""

APPSYNC_OPERATION = 4.00  # a query or a mutation
APPSYNC_UPDATE = 2.00  # a message to one subscriber, up to 5 KB
LAMBDA_REQUEST = 0.20
LAMBDA_GB_SECOND = 13.3334  # arm64; billed by the millisecond, rounded up
TABLE_READ_UNIT = 0.125  # on demand
TABLE_WRITE_UNIT = 0.625  # on demand, the table's and its indexes' alike
SNS_REQUEST = 0.50  # up to 64 KB, a batch as well as a message; deliveries to SQS are free
SQS_REQUEST = 0.40  # up to 64 KB; a delivery by SNS is one, too

# By the month, and what is not by the operation. WAF's, Cognito's and CloudWatch's as c3x.dev quotes them (2026).
FIREWALL, FIREWALL_RULE, FIREWALL_REQUEST = 5.00, 1.00, 0.60  # a web ACL; a rule or rule group; a million requests
ALARM_METRIC = 0.10  # each metric that an alarm looks at
DASHBOARD = 3.00
CUSTOM_METRIC = 0.30  # prorated by the hours in which it has data
LOG_GIGABYTE = 0.50  # ingested
