"""The user pool, its client and the group of administrators."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk.acknowledge import acknowledge
from cdk.function import ProbeFunction
from cdk.stages import Stage
from resolvers.access import ADMINS


class Identity(Construct):
    """The users of a stage. The construct exposes `user_pool` and `client`."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        super().__init__(scope, construct_id)
        self.user_pool = cognito.UserPool(
            self,
            "UserPool",
            self_sign_up_enabled=False,
            sign_in_aliases=cognito.SignInAliases(email=True, username=True),
            sign_in_case_sensitive=False,  # Alice and alice are the same user; the setting of a pool is final
            password_policy=cognito.PasswordPolicy(
                min_length=12,
                require_digits=True,
                require_lowercase=True,
                require_uppercase=True,
                require_symbols=True,
                temp_password_validity=Duration.days(3),
            ),
            # Triggers that change the groups of access tokens need it.
            feature_plan=cognito.FeaturePlan.ESSENTIALS,
            mfa=cognito.Mfa.OPTIONAL,
            mfa_second_factor=cognito.MfaSecondFactor(otp=True, sms=False),
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            deletion_protection=stage.keeps_data,
            removal_policy=RemovalPolicy.RETAIN if stage.keeps_data else RemovalPolicy.DESTROY,
        )
        acknowledge(self.user_pool, "COG8", "Users cannot sign up themselves, so that threat protection adds little.")
        acknowledge(
            self.user_pool,
            "COG2",
            "Users choose MFA themselves; admins without it are no admins (docs/decisions/0049).",
        )
        if stage.admins_need_mfa:
            self._confine_admins(stage)
        cognito.CfnUserPoolGroup(
            self, "Admins", user_pool_id=self.user_pool.user_pool_id, group_name=ADMINS, description="Act for any user"
        )
        self.client = self.user_pool.add_client(
            "Client",
            auth_flows=cognito.AuthFlow(user_srp=True, user_password=stage.password_sign_in),
            prevent_user_existence_errors=True,
            access_token_validity=Duration.hours(1),
            id_token_validity=Duration.hours(1),
            refresh_token_validity=Duration.days(30),
            enable_token_revocation=True,
            disable_o_auth=True,
        )

    def _confine_admins(self, stage: Stage) -> None:
        function = ProbeFunction(
            self,
            "AdminTokens",
            stage=stage,
            handler="probes.admin_tokens.handler",
            environment={"ADMINS": ADMINS},
            timeout_seconds=5,  # Cognito waits no longer
        )
        self.user_pool.add_trigger(
            cognito.UserPoolOperation.PRE_TOKEN_GENERATION_CONFIG, function, cognito.LambdaVersion.V2_0
        )
        # The policy is apart from the role, on which the function and so the user pool depends.
        iam.Policy(
            self,
            "ReadFactors",
            roles=[function.own_role],
            statements=[
                iam.PolicyStatement(actions=["cognito-idp:AdminGetUser"], resources=[self.user_pool.user_pool_arn])
            ],
        )
