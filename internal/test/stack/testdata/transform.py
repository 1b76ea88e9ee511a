"""Prints what SAM's transform makes of a template, as JSON."""

import json
import os
import sys

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse


class NoManagedPolicies:
    """The template names none, and they would be asked of AWS."""

    def load(self):
        return {}


os.environ["AWS_DEFAULT_REGION"] = "eu-central-1"  # any one: what is made is the same
with open(sys.argv[1]) as file:
    template = yaml_parse(file.read())
# The transform reads what `sam package` has put there: where the code lies in S3.
template["Globals"]["Function"]["CodeUri"] = "s3://bucket/key"
json.dump(transform(template, {}, NoManagedPolicies()), sys.stdout)
