package auth

// MissingFormFieldError says that a form lacks a field of authentication. 400
// InvalidArgument "Bucket POST must contain a field named 'NAME'.  If it is
// specified, please check the order of the fields."
type MissingFormFieldError struct{ Name string }

func (e *MissingFormFieldError) Error() string { return "auth: the form has no field " + e.Name }

// FormFieldError says what is wrong with a field of a form. 400 InvalidArgument;
// Message is the whole message.
type FormFieldError struct {
	Name    string // as Amazon spells it: ArgumentName
	Value   string // ArgumentValue
	Message string
	Region  string // the region that belongs here, where another was named; else ""
}

func (e *FormFieldError) Error() string { return "auth: the form's " + e.Name + ": " + e.Message }

// PolicyMalformedError says that a form's policy is not one. 400
// InvalidPolicyDocument; the message is "Invalid Policy: " + Message, such as
// "Invalid Policy: Invalid JSON."
type PolicyMalformedError struct{ Message string }

func (e *PolicyMalformedError) Error() string { return "auth: the form's policy: " + e.Message }

// PolicyViolatedError says that a form does not hold its policy. 403 AccessDenied;
// the message is "Invalid according to Policy: " + Message, such as "Invalid
// according to Policy: Extra input fields: foo".
type PolicyViolatedError struct{ Message string }

func (e *PolicyViolatedError) Error() string { return "auth: the form's policy: " + e.Message }
