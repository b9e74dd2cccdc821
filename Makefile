# What is run before a change is sent, and what is run for each change that was.

.PHONY: check ci

# Under two minutes, and installs nothing.
check:
	.ci/lint
	go test -short ./...

# Everything, as it is run for each change. It installs what is missing.
ci:
	.ci/run
