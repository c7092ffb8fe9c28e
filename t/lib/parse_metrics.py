#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
#
# Reads Prometheus' text format with the parser of its own client library, and writes what it read as
# JSON: {"samples": {"name{label=value,...}": number}, "families": {name: [type, help]}}. Ends with 1
# and the parser's words when it is none, when a family stands twice or a sample does.
import json
import sys

from prometheus_client.parser import text_string_to_metric_families

samples, families = {}, {}
try:
    for family in text_string_to_metric_families(sys.stdin.read()):
        if family.name in families:
            raise ValueError(f'{family.name} stands twice')
        if family.type == 'unknown' or not family.documentation:
            raise ValueError(f'{family.name} has no type or no help')
        families[family.name] = [family.type, family.documentation]
        for sample in family.samples:
            labels = ','.join(f'{k}={v}' for k, v in sample.labels.items())
            key = sample.name + ('{' + labels + '}' if labels else '')
            if key in samples:
                raise ValueError(f'{key} stands twice')
            samples[key] = sample.value
except ValueError as error:
    sys.exit(f'no metrics: {error}')
json.dump({'samples': samples, 'families': families}, sys.stdout)
