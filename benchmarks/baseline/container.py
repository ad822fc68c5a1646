"""The baseline's dependency-injector container."""

from dependency_injector import containers, providers  # type: ignore[import-not-found] # in its bundle only

from .adapters import DynamoDBTaskRepository, SNSEventPublisher
from .services import CompleteTaskService, CreateTaskService, GetTaskService, ListTasksService


class Container(containers.DeclarativeContainer):  # type: ignore[misc] # untyped for us, see above
    """Everything that the handlers use."""

    config = providers.Configuration()
    repository = providers.Singleton(DynamoDBTaskRepository, table_name=config.table_name)
    publisher = providers.Singleton(SNSEventPublisher, topic_arn=config.topic_arn)
    create_task = providers.Factory(CreateTaskService, repository=repository, publisher=publisher)
    get_task = providers.Factory(GetTaskService, repository=repository)
    list_tasks = providers.Factory(ListTasksService, repository=repository)
    complete_task = providers.Factory(CompleteTaskService, repository=repository, publisher=publisher)
