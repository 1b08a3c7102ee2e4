import requests

session = requests.Session()
session.auth = ("{{ key_id }}", "{{ secret }}")

answer = session.get("{{ endpoint }}/api/headrace/v1/projects/")
answer.raise_for_status()
for project in answer.json()["results"]:
    print(project["id"], project["name"])
