"""The forms of a flow: one for each step that it waits for."""

from django import forms
from ringfence import FlowStep


class CodeForm(forms.Form):
    code = forms.CharField(max_length=32, widget=forms.TextInput({"autocomplete": "one-time-code"}))


class NumberForm(forms.Form):
    number = forms.CharField(max_length=64, widget=forms.TextInput({"autocomplete": "tel"}))
    region = forms.CharField(max_length=2, required=False, initial="CN")


class ConfirmForm(forms.Form):
    """The number serves for verification only: go on?"""


FORMS = {
    FlowStep.PROVE_IDENTITY: CodeForm,
    FlowStep.SET_TARGET: NumberForm,
    FlowStep.PROVE_TARGET: CodeForm,
    FlowStep.CONFIRM_TARGET: ConfirmForm,
}
