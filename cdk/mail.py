"""E-mail to users by Amazon SES: the sender's set-up, the page that stops mails, and SES's reports of bounces.

A stage with `mail_from` has it (docs/reminders-and-mail.md). The consumer that sends is made like any other one.
"""

from collections.abc import Mapping

from aws_cdk import Acknowledgment, Stack, Token, Validations, region_info
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_ses as ses
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from adapters.outbox_messages import COMPLETED_BY_OTHER
from cdk.acknowledge import acknowledge
from cdk.function import TasksFunction
from cdk.queues import kept_queue
from cdk.shared_parts import SharedParts
from domain.events import TaskReminded

_STAGE, _PAGE = "mail", "unsubscribe"  # the path of the page
_THROTTLE = apigateway.ThrottleSettings(rate_limit=10, burst_limit=20)  # requests, so that nobody uses up the Lambdas


def changes_to_mail() -> Mapping[str, sns.SubscriptionFilter]:
    """Returns the filter of the mailer's subscription: everything else costs neither a message nor a Lambda."""
    return {
        "eventTypes": sns.SubscriptionFilter.string_filter(allowlist=[TaskReminded.__name__, COMPLETED_BY_OTHER]),
    }


class MailService(Construct):
    """What the mailer needs, in `environment` and `grant_sending`, and the Lambdas `unsubscribe` and `feedback`.

    `lost_feedback`, which is normally empty, holds the reports that `feedback` could not handle. `apis_url` replaces
    the beginning of API Gateway's URLs; the local cloud needs this.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        parts: SharedParts,
        *,
        user_pool: cognito.IUserPool,
        apis_url: str | None,
    ) -> None:
        super().__init__(scope, construct_id)
        self._parts, self._user_pool = parts, user_pool
        self._is_embedded = apis_url is not None
        self.unsubscribe = self._function("Unsubscribe", "processor.unsubscribe_handler.handler")
        self.feedback = self._function("MailFeedback", "processor.mail_feedback_handler.handler")
        self.lost_feedback = kept_queue(self, "LostFeedback")
        acknowledge(self.lost_feedback, "SQS3", "The queue is itself the destination of failed invocations.")
        self.feedback.live.configure_async_invoke(on_failure=destinations.SqsDestination(self.lost_feedback))
        self._configuration = self._configuration_set()
        self.environment = {
            "TABLE_NAME": parts.table.table_name,
            "MAIL_FROM": parts.stage.mail_from,
            "CONFIGURATION_SET": self._configuration.configuration_set_name,
            "UNSUBSCRIBE_URL": self._page(apis_url),
            "USER_POOL_ID": user_pool.user_pool_id,
        }
        parts.shift("Unsubscribe", self.unsubscribe, [], recorded="unsubscribe.json")
        parts.shift("MailFeedback", self.feedback, [], recorded="mail_feedback.json")

    def grant_sending(self, role: iam.IRole) -> None:
        """Allow what the mailer does: send from the stage's address, read addresses and record what was sent."""
        self._parts.table.grant_mails(role)
        role.add_to_principal_policy(
            iam.PolicyStatement(actions=["cognito-idp:ListUsers"], resources=[self._user_pool.user_pool_arn])
        )
        stack = Stack.of(self)
        identities = stack.format_arn(service="ses", resource="identity", resource_name="*")
        configuration = stack.format_arn(
            service="ses", resource="configuration-set", resource_name=self._configuration.configuration_set_name
        )
        role.add_to_principal_policy(
            iam.PolicyStatement(
                actions=["ses:SendEmail"],
                resources=[identities, configuration],
                conditions={"StringEquals": {"ses:FromAddress": self._parts.stage.mail_from}},
            )
        )
        acknowledge(
            role,
            f"IAM5[Resource::{_reported(stack)}:identity/*]",
            "A verified address or its domain sends, and in SES's sandbox the recipient's identity is checked as well. "
            "The condition admits one sender.",
        )
        if self._is_embedded:
            # MiniStack 1.5 asks for any resource, and does not know the sender. It sends nothing.
            role.add_to_principal_policy(iam.PolicyStatement(actions=["ses:SendEmail"], resources=["*"]))

    def _function(self, name: str, handler: str) -> TasksFunction:
        function = TasksFunction(
            self,
            name,
            stage=self._parts.stage,
            code=self._parts.code,
            handler=handler,
            service=name.lower(),
            environment={"TABLE_NAME": self._parts.table.table_name},
        )
        self._parts.table.grant_settings(function.own_role)
        return function

    def _configuration_set(self) -> ses.ConfigurationSet:
        # SES cannot use the key that AWS manages for SNS (SES Developer Guide, "Set up an Amazon SNS event
        # destination").
        topic = sns.Topic(self, "Feedback", enforce_ssl=True)
        topic.add_subscription(subscriptions.LambdaSubscription(self.feedback.live))
        Validations.of(self.feedback.live).acknowledge(
            Acknowledgment(id="CloudFormation-Validate::W3694", reason="An alias is an endpoint of its own.")
        )
        configuration = ses.ConfigurationSet(
            self,
            "Configuration",
            reputation_metrics=True,
            suppression_reasons=ses.SuppressionReasons.BOUNCES_AND_COMPLAINTS,
        )
        configuration.add_event_destination(
            "FeedbackTopic",
            destination=ses.EventDestination.sns_topic(topic),
            events=[ses.EmailSendingEvent.BOUNCE, ses.EmailSendingEvent.COMPLAINT],
        )
        return configuration

    def _page(self, apis_url: str | None) -> str:
        """Returns the URL of the page, which a public API with a narrow throttle serves."""
        api = apigateway.HttpApi(self, "Api", description="Stops mails by their links", create_default_stage=False)
        acknowledge(api, "APIG4", "Whoever has the link of a mail may stop mails: the link's token is signed.")
        deployed = apigateway.HttpStage(
            self, "ApiStage", http_api=api, stage_name=_STAGE, auto_deploy=True, throttle=_THROTTLE
        )
        acknowledge(deployed, "APIG1", "The path of a request holds the token of a link, which no log shall hold.")
        routes = api.add_routes(
            path=f"/{_PAGE}",
            methods=[apigateway.HttpMethod.GET, apigateway.HttpMethod.POST],
            integration=integrations.HttpLambdaIntegration("Page", self.unsubscribe.live),
        )
        for route in routes:
            acknowledge(route, "APIG4", "Whoever has the link of a mail may stop mails: the link's token is signed.")
        beginning = f"{apis_url}/{api.api_id}" if apis_url else api.api_endpoint
        return f"{beginning}/{_STAGE}/{_PAGE}"


def _reported(stack: Stack) -> str:
    """Returns the beginning of an ARN of SES in the form in which cdk-nag reports it."""
    partition = region_info.RegionInfo.get(stack.region).partition
    account = "<AWS::AccountId>" if Token.is_unresolved(stack.account) else stack.account
    return f"arn:{partition}:ses:{stack.region}:{account}"
