"""
python3 test/cli/golden/record-queries.py [--print]: evaluates the expressions of queries.json with the jmespath module of the AWS CLI
that is installed for this Python, and records the results there. With --print, prints them instead.

A case has `result`, or `error`: `parse` if the expression is invalid, `apply` if it does not fit the data.
"""
import json
import pathlib
import sys
import warnings

import awscli
import jmespath

warnings.simplefilter('ignore')
FILE = pathlib.Path(__file__).with_name('queries.json')


def evaluated(expression, data):
    try:
        compiled = jmespath.compile(expression)
    except Exception:
        return {'expression': expression, 'error': 'parse'}
    try:
        return {'expression': expression, 'result': compiled.search(data)}
    except Exception:
        return {'expression': expression, 'error': 'apply'}


fixture = json.loads(FILE.read_text(encoding='utf-8'))
recorded = {
    'recordedWith': f'record-queries.py, aws-cli {awscli.__version__}, jmespath {jmespath.__version__}',
    'data': fixture['data'],
    'cases': [evaluated(case['expression'], fixture['data']) for case in fixture['cases']],
}
text = json.dumps(recorded, indent=2, ensure_ascii=False) + '\n'
if '--print' in sys.argv:
    sys.stdout.buffer.write(text.encode('utf-8'))
else:
    FILE.write_text(text, encoding='utf-8')
