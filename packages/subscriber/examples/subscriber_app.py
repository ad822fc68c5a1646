"""The CDK app of a team that subscribes: `cdk deploy --app 'python subscriber_app.py' --context topicArn=…`."""

from aws_cdk import App, CfnOutput, Stack
from aws_cdk import aws_sns as sns
from tasks_subscriber.infrastructure import TasksSubscription


def build(app: App) -> Stack:
    """Returns the stack of the subscriber."""
    stack = Stack(app, "CompletedPerWeek")
    changes = TasksSubscription(
        stack,
        "Tasks",
        topic_arn=app.node.get_context("topicArn"),
        event_types=["TaskCompleted", "TaskReopened"],
        alarm_topic=sns.Topic(stack, "Alarms", enforce_ssl=True),
    )
    CfnOutput(stack, "QueueUrl", value=changes.queue.queue_url)
    return stack


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()
