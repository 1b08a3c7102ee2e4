from httpx_ncloud import NcloudClient

client = NcloudClient(
    base_url="{{ endpoint }}",
    access_key="{{ key_id }}",
    secret_key="{{ secret }}",
)
answer = client.get("/api/v1/jobs", params={"page": 0, "limit": 10})
answer.raise_for_status()
for job in answer.json()["list"]:
    print(job["jobId"], job["name"], job["status"])
