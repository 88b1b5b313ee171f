"""A kernel name that leads out of the folders where kernels are looked for, with a command beside it."""
# kind: notebook


def change(notebook):
    notebook["metadata"]["kernelspec"] = {
        "name": "../../../../tmp/kernel", "argv": ["/bin/sh", "-c", "touch /tmp/owned"], "display_name": "x",
        "language": "python", "metadata": {"kernel_provisioner": {"provisioner_name": "local-provisioner"}},
    }  # fmt: skip
