from alibabacloud_emr20160408 import models
from alibabacloud_emr20160408.client import Client
from alibabacloud_tea_openapi.models import Config

client = Client(
    Config(
        access_key_id="{{ key_id }}",
        access_key_secret="{{ secret }}",
        protocol="{{ scheme }}",
        endpoint="{{ host }}",
    )
)
answer = client.list_flow_project(models.ListFlowProjectRequest(region_id="cn-hangzhou"))
for project in answer.body.projects.project:
    print(project.id, project.name)
