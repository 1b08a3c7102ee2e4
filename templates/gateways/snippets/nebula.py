import base64

import requests

api = "{{ endpoint }}/api-open/v1"
account = base64.b64encode(b"{{ key_id }}:{{ secret }}").decode()

session = requests.Session()
session.post(
    f"{api}/connect",
    json={"address": "127.0.0.1", "port": 9669},
    headers={"Authorization": f"Bearer {account}"},
).raise_for_status()

for job in session.get(f"{api}/jobs").json()["data"]["items"]:
    print(job["id"], job["name"], job["status"])
