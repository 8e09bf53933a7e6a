"""python3 test/cli/golden/record-formats.py: records in formats.json how AWS CLI 2 prints the values there."""
import json
import pathlib
from io import StringIO

import awscli.table
from awscli import text
from awscli.formatter import get_formatter

FILE = pathlib.Path(__file__).with_name('formats.json')
# The width that the AWS CLI uses in a pipe.
awscli.table.determine_terminal_width = lambda default_width=80: default_width


class Arguments:
    query = None
    color = 'off'


def printed(value, output):
    stream = StringIO()
    copy = json.loads(json.dumps(value))
    if output == 'text':
        text.format_text(copy, stream)
    else:
        get_formatter(output, Arguments)('DescribeEventTracker', copy, stream)
    return stream.getvalue()


rows = [
    {'value': row['value'], **{output: printed(row['value'], output) for output in ('json', 'yaml', 'text', 'table')}}
    for row in json.loads(FILE.read_text())
]
FILE.write_text(json.dumps(rows, indent=2, ensure_ascii=False) + '\n')
