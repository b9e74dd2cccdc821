# What is run before a change is sent, and what is run for each change that was.

.PHONY: check ci

# Under two minutes on two cores when the packages are built; it installs nothing.
check:
	.ci/lint
	go test -short ./...

# Everything, as it is run for each change. It installs what is missing.
ci:
	.ci/run
