from alibabacloud_dataworks_public20240518 import models
from alibabacloud_dataworks_public20240518.client import Client
from alibabacloud_tea_openapi.models import Config

client = Client(
    Config(
        access_key_id="{{ key_id }}",
        access_key_secret="{{ secret }}",
        protocol="{{ scheme }}",
        endpoint="{{ host }}",
    )
)
request = models.ListWorkflowDefinitionsRequest(project_id={{ project_number }}, page_size=10)
page = client.list_workflow_definitions(request).body.paging_info
for workflow in page.workflow_definitions:
    print(workflow.id, workflow.name)
print(page.total_count, "workflows")
