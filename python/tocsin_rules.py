"""The host of Python rules: loads them, runs batches of events through them, runs their tests.

It runs in a process of its own behind a wall, under CPython or Pyodide. It is told everything in frames (4 bytes of
length, big-endian, then the payload) and says everything in frames; it reads no file and knows no alert.

A request is one line of JSON and, for `run`, one event per line after it:
  {"m": "load", "limits": {}, "modules": [{"name", "file", "source"}], "models": [], "rules": [{"n", "id", "file", ...}]}
  {"m": "run", "logType": "", "rules": [1, 2], "careful": false}
  {"m": "test", "rule": 1, "tests": [], "tables": false}
Answers are JSON: any number of {"tick"}, {"mark": n, "event": i} and {"hits": [...]}, then one of {"done": {...}},
{"memory": n, "event": i} and {"stuck": n, "event": i}. `mark` names the rule that is about to be called, when loading and
in careful mode; 0 is none. {"lookup": [table, key], "event": i} is a question, which a frame answers: a row or null.
"""

import json
import os
import signal
import sys
import time
import traceback
import types
from collections.abc import Mapping, Sequence
from importlib.machinery import ModuleSpec

if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(__file__))

from tocsin_event import Event, EventArray, EventObject, unwrap
from tocsin_model import DataModel

SEVERITIES = ("INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL")
TEXTS = ("description", "reference", "runbook")
HITS_PER_FRAME = 1 << 19
TICK_SECONDS = 0.25
MOCKED_TABLES = "_mocked_lookup_data_"


class FunctionReturnTypeError(Exception):
    pass


class TimeLimit(BaseException):
    """Raised inside a rule that takes too long; rules that catch Exception do not catch it."""


class Rule:
    def __init__(self, told):
        self.number = told["n"]
        self.id = told["id"]
        self.file = told["file"]
        self.log_types = told["logTypes"]
        self.severity = told["severity"]
        self.display_name = told["displayName"]
        self.stopped = None
        self.module = None
        self.rule = None
        self.functions = {}


class UserModules:
    """Finds modules of the workspace among the sources that the host was told."""

    def __init__(self):
        self.sources = {}

    def find_spec(self, name, path=None, target=None):
        if name not in self.sources:
            return None
        prefix = name + "."
        is_package = any(other.startswith(prefix) for other in self.sources)
        return ModuleSpec(name, self, origin=self.sources[name][0], is_package=is_package)

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        file, source = self.sources[module.__spec__.name]
        module.__file__ = file
        exec(compiled(source, file), module.__dict__)


class Host:
    def __init__(self, send, receive):
        self.send_frame = send
        self.receive_frame = receive
        self.sending = False
        # An answer is on its way: it must be read to its end.
        self.waiting = False
        self.is_late = False
        self.rules = {}
        self.models = {}
        self.limits = {}
        self.modules = UserModules()
        # What runs now, for the ticks: the rule (None between calls) and the number of the event.
        self.rule = None
        self.event = -1
        self.watch = None
        self.samples = {}
        self.batch_start = 0.0

    def send(self, answer):
        self.sending = True
        self.send_frame(answer if isinstance(answer, bytes) else json.dumps(answer).encode())
        self.sending = False

    def handle(self, payload):
        header, _, body = payload.partition(b"\n")
        request = json.loads(header)
        method = {"load": self.load, "run": self.run, "test": self.test}[request["m"]]
        self.batch_start = time.monotonic()
        self.samples = {}
        try:
            answer = method(request, body)
        finally:
            self.rule = None
        self.send(answer)

    # Limits

    def tick(self, *_):
        """Called several times a second, between two steps of whatever runs."""
        if self.sending:
            return
        self.send({"tick": 1})
        rule = self.rule
        if rule is None or not self.limits:
            return
        cpu, wall = time.process_time(), time.monotonic()
        watch = self.watch
        if watch is None or watch[0] is not rule or watch[1] != self.event:
            self.watch = [rule, self.event, cpu, wall, 0]
            self.samples[rule] = self.samples.get(rule, 0) + 1
            watch = self.watch
        over = wall - self.batch_start > self.limits["batchSeconds"]
        slowest = max(self.samples, key=self.samples.get) if over else None
        if slowest is not None and slowest is not rule:
            self.stop(slowest, f"took the most of a batch that ran longer than {self.limits['batchSeconds']} s")
            self.batch_start = wall
            return
        call_seconds = self.limits["callSeconds"]
        if over or cpu - watch[2] > call_seconds or wall - watch[3] > 5 * call_seconds:
            if self.waiting:
                self.is_late = True
            else:
                self.interrupt()

    def interrupt(self):
        self.is_late = False
        self.watch[4] += 1
        if self.watch[4] > 5:
            self.send({"stuck": self.rule.number, "event": self.event})
            os._exit(3)
        raise TimeLimit(f"ran longer than {self.limits['callSeconds']} s on one event")

    def stop(self, rule, reason):
        rule.stopped = reason
        self.samples.pop(rule, None)

    def find_row(self, _, table, key):
        question = {"lookup": [str(table), str(key)], "event": self.event}
        self.waiting = True
        self.send(question)
        answer = self.receive_frame()
        self.waiting = False
        if self.is_late:
            self.interrupt()
        return json.loads(answer)

    # Loading

    def load(self, request, _):
        self.limits = request["limits"]
        problems = []
        for module in request["modules"]:
            if module["name"] in sys.stdlib_module_names:
                message = f"module {module['name']}: has the name of one of Python's own"
                problems.append({"n": 0, "file": module["file"], "line": None, "column": None, "message": message})
                continue
            self.modules.sources[module["name"]] = (module["file"], module["source"])
        sys.meta_path.insert(0, self.modules)
        for told in request["models"]:
            self.attempt_load(None, told["file"], problems, lambda told=told: self.load_model(told))
        for told in request["rules"]:
            rule = Rule(told)
            self.send({"mark": rule.number})
            self.rule, self.event = rule, -1
            if self.attempt_load(rule, rule.file, problems, lambda told=told, rule=rule: self.load_rule(rule, told)):
                self.rules[rule.number] = rule
            self.rule = None
        return {"done": {"problems": problems}}

    def load_model(self, told):
        methods = {}
        if told["source"] is not None:
            module = execute(f"data_model_{len(self.models)}", told["file"], told["source"])
            for name, function in told["methods"].items():
                if not callable(getattr(module, function, None)):
                    raise AttributeError(f"Mappings: {name}: no function [{function}] in {told['file']}")
                methods[name] = getattr(module, function)
        model = DataModel(told["id"], told["paths"], methods)
        for log_type in told["logTypes"]:
            self.models[log_type] = model

    def load_rule(self, rule, told):
        rule.module = execute(f"rule_{rule.number}", rule.file, told["source"])
        rule.rule = getattr(rule.module, "rule", None)
        if not callable(rule.rule):
            raise AttributeError("expected a function rule(event), found none")
        for name in ("title", "dedup", "unique", "severity", "destinations", "alert_context", *TEXTS):
            if callable(getattr(rule.module, name, None)):
                rule.functions[name] = name

    def attempt_load(self, rule, file, problems, call):
        try:
            call()
            return True
        except BaseException as error:
            line, column = place_of(error, file)
            problems.append(
                {"n": rule.number if rule else 0, "file": file, "line": line, "column": column, "message": repr(error)}
                if not isinstance(error, SyntaxError)
                else {
                    "n": rule.number if rule else 0,
                    "file": error.filename or file,
                    "line": error.lineno,
                    "column": error.offset,
                    "message": f"{type(error).__name__}: {error.msg}",
                }
            )
            return False

    # Running

    def run(self, request, body):
        log_type = request["logType"]
        model = self.models.get(log_type)
        Event.find_row = self.find_row
        careful = request["careful"]
        rules = [self.rules[n] for n in request["rules"] if n in self.rules and not self.rules[n].stopped]
        hits = Hits(self)
        stopped = []
        lines = body.decode("utf-8", "replace").split("\n")
        for number, line in enumerate(lines):
            if not line:
                continue
            try:
                raw = json.loads(line)
                if type(raw) is not dict:
                    raise TypeError(f"the event is no object but {type(raw).__name__}")
            except Exception as error:
                for rule in rules:
                    hits.error(number, rule, error)
                continue
            event = Event(raw, model)
            self.event = number
            for rule in rules:
                if careful:
                    self.send({"mark": rule.number, "event": number})
                try:
                    self.rule = rule
                    matched = rule.rule(event)
                    if matched is False:
                        self.rule = None
                        continue
                    if matched is not True:
                        raise wrong_return(rule, "rule", matched, "bool")
                    said = self.describe(rule, event)
                    self.rule = None
                    hits.match(number, rule, said)
                except MemoryError:
                    self.rule = None
                    return {"memory": rule.number, "event": number}
                except TimeLimit as limit:
                    self.rule = None
                    hits.error(number, rule, limit)
                    self.stop(rule, str(limit))
                except BaseException as error:
                    self.rule = None
                    hits.error(number, rule, error)
            self.rule = None
            if any(rule.stopped for rule in rules):
                stopped.extend(rule for rule in rules if rule.stopped)
                rules = [rule for rule in rules if not rule.stopped]
        if careful:
            self.send({"mark": 0})
        hits.flush()
        return {"done": {"stopped": [[rule.number, rule.stopped] for rule in stopped]}}

    def describe(self, rule, event, errors=None):
        """Title, dedup string and the rest of a match. A function that fails never loses it."""
        said = {}
        title = self.call_text(rule, "title", event, errors) or rule.display_name or rule.id
        default = title if "title" in rule.functions else f"defaultDedupString:{rule.id}"
        said["title"] = title
        said["dedup"] = self.call_text(rule, "dedup", event, errors) or default
        for name in TEXTS:
            text = self.call_text(rule, name, event, errors)
            if text:
                said[name] = text
        if "unique" in rule.functions:
            # Where it fails the match is counted all the same.
            said["unique"] = self.call_text(rule, "unique", event, errors) or ""
        severity = self.call(rule, "severity", event, errors, self.check_severity)
        if severity:
            said["severity"] = severity
        destinations = self.call(rule, "destinations", event, errors, self.check_destinations)
        if destinations is not None:
            said["destinations"] = destinations
        if "alert_context" in rule.functions:
            failures = []
            context = self.call(rule, "alert_context", event, failures, self.check_context)
            if failures:
                context = json.dumps({"_error": failures[0][1]})
                if errors is not None:
                    errors.extend(failures)
            said["context"] = context
        return said

    def call_text(self, rule, name, event, errors):
        return self.call(rule, name, event, errors, self.check_text)

    def call(self, rule, name, event, errors, check):
        if name not in rule.functions:
            return None
        try:
            return check(rule, name, getattr(rule.module, name)(event))
        except MemoryError:
            raise
        except Exception as error:
            if errors is not None:
                errors.append((name, describe_error(error)))
            return None

    def check_text(self, rule, name, value):
        if not isinstance(value, str):
            raise wrong_return(rule, name, value, "str")
        return limit_text(value, self.limits["text"])

    def check_severity(self, rule, name, value):
        upper = value.upper() if isinstance(value, str) else None
        if upper == "DEFAULT":
            return None
        if upper not in SEVERITIES:
            raise wrong_return(rule, name, value, "one of " + ", ".join(SEVERITIES) + ", DEFAULT")
        return upper

    def check_destinations(self, rule, name, value):
        if value is None:
            return None
        if not isinstance(value, Sequence) or isinstance(value, str) or not all(isinstance(one, str) for one in value):
            raise wrong_return(rule, name, value, "List[str]")
        return [] if list(value) == ["SKIP"] else list(value)[: self.limits["destinations"]]

    def check_context(self, rule, name, value):
        """As JSON text, for it was made to be measured."""
        if not isinstance(value, Mapping):
            raise wrong_return(rule, name, value, "Dict[str, Any]")
        value = value._raw if isinstance(value, EventObject) else value
        try:
            text = json.dumps(value, default=encode, allow_nan=False)
        except ValueError:
            text = json.dumps(finite(json.loads(json.dumps(value, default=encode))))
        size = len(text)
        if size > self.limits["context"]:
            limit = self.limits["context"]
            raise ValueError(f"alert_context size is [{size}] characters, bigger than maximum of [{limit}] characters")
        return text

    # Testing

    def test(self, request, _):
        Event.find_row = self.find_row_of_test if request["tables"] else mocked_row
        rule = self.rules[request["rule"]]
        results = []
        for number, told in enumerate(request["tests"]):
            self.event = number
            results.append(self.run_test(rule, told))
        return {"done": {"tests": results}}

    def find_row_of_test(self, event, table, key):
        find = mocked_row if MOCKED_TABLES in event else self.find_row
        return find(event, table, key)

    def run_test(self, rule, told):
        from unittest.mock import MagicMock

        caching = sys.modules.get("panther_detection_helpers.caching")
        if caching is not None:
            caching._clear()
        originals = {}
        result = {"got": None, "errors": []}
        try:
            for mock in told["mocks"]:
                name = mock["objectName"]
                if name not in originals:
                    originals[name] = getattr(rule.module, name)
                setattr(rule.module, name, MagicMock(return_value=mock["returnValue"]))
            log = told["log"]
            event = Event(log, self.models.get(log.get("p_log_type")))
            self.rule = rule
            matched = getattr(rule.module, "rule")(event)
            if type(matched) is not bool:
                raise wrong_return(rule, "rule", matched, "bool")
            result["got"] = matched
            if matched:
                errors = []
                said = self.describe(rule, event, errors)
                said.pop("context", None)
                result.update(said, errors=[f"{name}: {error}" for name, error in errors])
        except BaseException as error:
            result["errors"].append(describe_error(error))
        finally:
            self.rule = None
            for name, original in originals.items():
                setattr(rule.module, name, original)
        return result


class Hits:
    """What a batch gave, as JSON text, sent in pieces. Contexts stop at the batch's budget."""

    def __init__(self, host):
        self.host = host
        self.pieces = []
        self.size = 0
        self.context_left = host.limits["batchContext"]

    def match(self, number, rule, said):
        context = said.pop("context", None)
        if context is not None:
            self.context_left -= len(context)
            if self.context_left < 0:
                context = json.dumps({"_error": "left out: the contexts of this batch are too large together"})
        tail = "" if context is None else f', "context": {context}'
        self.add(f"[{number},{rule.number},{json.dumps(said)[:-1]}{tail}}}]")

    def error(self, number, rule, error):
        text = limit_text(describe_error(error), self.host.limits["text"])
        said = {"error": text, "title": text, "dedup": type(error).__name__[:200]}
        self.add(f"[{number},{rule.number},{json.dumps(said)}]")

    def add(self, text):
        self.pieces.append(text)
        self.size += len(text)
        if self.size > HITS_PER_FRAME:
            self.flush()

    def flush(self):
        if self.pieces:
            self.host.send(('{"hits":[' + ",".join(self.pieces) + "]}").encode())
            self.pieces = []
            self.size = 0


def compiled(source, file):
    # A line that ends in a backslash may be the last one: published rules have it, and a line feed makes it valid.
    return compile(source + "\n", file, "exec", dont_inherit=True)


def execute(name, file, source):
    module = types.ModuleType(name)
    module.__file__ = file
    sys.modules[name] = module
    exec(compiled(source, file), module.__dict__)
    return module


def mocked_row(event, table, key):
    """In tests the tables are what the event of the test says, where Panther's tests say it."""
    return unwrap(event.deep_get(MOCKED_TABLES, str(table), str(key)))


def wrong_return(rule, name, value, expected):
    found = type(value).__name__
    return FunctionReturnTypeError(
        f"detection [{rule.id}] function [{name}] returned [{found}], expected [{expected}]"
    )


def describe_error(error):
    try:
        return repr(error)
    except Exception:
        return type(error).__name__ + "()"


def limit_text(text, limit):
    return text if len(text) <= limit else text[: limit - 15] + "... (truncated)"


def encode(value):
    if isinstance(value, (EventObject, EventArray)):
        return value._raw
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=str)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def finite(value):
    """NaN and the infinities are no JSON: their names instead."""
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return str(value)
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    return [finite(item) for item in value] if isinstance(value, list) else value


def place_of(error, file):
    """The last line of the file that the error passed through."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename == file:
            return frame.lineno, None if frame.colno is None else frame.colno + 1
    return None, None


def serve():
    """Requests on standard input, answers on what was standard output; what rules print goes to standard error."""
    answers = os.dup(1)
    os.dup2(2, 1)
    sys.stdout = sys.stderr

    def send(payload):
        rest = memoryview(len(payload).to_bytes(4, "big") + payload)
        while rest:
            rest = rest[os.write(answers, rest) :]

    requests = os.fdopen(os.dup(0), "rb", 1 << 16)

    def receive():
        head = requests.read(4)
        return requests.read(int.from_bytes(head, "big")) if len(head) == 4 else None

    host = Host(send, receive)
    for number in (signal.SIGALRM, signal.SIGINT):
        signal.signal(number, host.tick)
    while (request := receive()) is not None:
        host.handle(request)


def main():
    """The process under CPython. Under Pyodide the thread beside it ticks, and the host of Pyodide limits memory."""
    import resource

    memory = int(sys.argv[1])
    for limit, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(limit, (value, value))
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    signal.setitimer(signal.ITIMER_REAL, TICK_SECONDS, TICK_SECONDS)
    serve()


if __name__ == "__main__":
    main()
