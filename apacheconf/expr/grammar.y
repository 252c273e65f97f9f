// The grammar of conditions and of texts with %{…} in them. Its productions
// and the order of its tokens are Apache's (util_expr_parse.y), because they
// decide what an error says: which token was not expected, and which were.

%{
package expr

import "understudy/apacheconf/pattern"
%}

%union {
	text string
	node *node
}

%token         tTrue tFalse
%token         tCondition tText /* what is being read, the first token of all */
%token         tError
%token <text>  tDigit tID tString tRegex tRegexI tBackref tUnary tBinary
%token         tStrBegin tStrEnd tVarBegin tVarEnd
%token         tEQ tNE tLT tLE tGT tGE tMatch tNoMatch tIn
%token         tStrEQ tStrNE tStrLT tStrLE tStrGT tStrGE
%token         tConcat tOr tAnd tNot

%right tOr
%right tAnd
%right tNot
%right tConcat

%type <node> expr comparison wordlist words string strpart var word regex backref lstfunccall strfunccall

%%

root
	: tCondition expr { lex(exprlex).root($2) }
	| tText string    { lex(exprlex).root($2) }
	| tError          { return 1 }
	;

expr
	: tTrue             { $$ = &node{op: opTrue} }
	| tFalse            { $$ = &node{op: opFalse} }
	| tNot expr         { $$ = &node{op: opNot, left: $2} }
	| expr tOr expr     { $$ = &node{op: opOr, left: $1, right: $3} }
	| expr tAnd expr    { $$ = &node{op: opAnd, left: $1, right: $3} }
	| comparison
	| tUnary word       { $$ = lex(exprlex).unary($1, $2) }
	| word tBinary word { $$ = lex(exprlex).binary($2, $1, $3) }
	| '(' expr ')'      { $$ = $2 }
	| tError            { return 1 }
	;

comparison
	: word tEQ word       { $$ = compare("-eq", $1, $3) }
	| word tNE word       { $$ = compare("-ne", $1, $3) }
	| word tLT word       { $$ = compare("-lt", $1, $3) }
	| word tLE word       { $$ = compare("-le", $1, $3) }
	| word tGT word       { $$ = compare("-gt", $1, $3) }
	| word tGE word       { $$ = compare("-ge", $1, $3) }
	| word tStrEQ word    { $$ = compare("==", $1, $3) }
	| word tStrNE word    { $$ = compare("!=", $1, $3) }
	| word tStrLT word    { $$ = compare("<", $1, $3) }
	| word tStrLE word    { $$ = compare("<=", $1, $3) }
	| word tStrGT word    { $$ = compare(">", $1, $3) }
	| word tStrGE word    { $$ = compare(">=", $1, $3) }
	| word tIn wordlist   { $$ = &node{op: opIn, left: $1, right: $3} }
	| word tMatch regex   { $$ = &node{op: opMatch, left: $1, right: $3} }
	| word tNoMatch regex { $$ = &node{op: opNoMatch, left: $1, right: $3} }
	;

wordlist
	: lstfunccall
	| '{' words '}' { $$ = $2 }
	;

words
	: word           { $$ = &node{op: opList, left: $1} }
	| words ',' word { $$ = &node{op: opList, left: $3, right: $1} }
	;

string
	: string strpart { $$ = &node{op: opConcat, left: $1, right: $2} }
	| strpart
	| tError         { return 1 }
	;

strpart
	: tString { $$ = &node{op: opString, text: $1} }
	| var
	| backref
	;

var
	: tVarBegin tID tVarEnd            { $$ = lex(exprlex).variable($2) }
	| tVarBegin tID ':' string tVarEnd { $$ = lex(exprlex).function($2, $4) }
	;

word
	: tDigit                   { $$ = &node{op: opDigit, text: $1} }
	| word tConcat word        { $$ = &node{op: opConcat, left: $1, right: $3} }
	| var
	| backref
	| strfunccall
	| tStrBegin string tStrEnd { $$ = $2 }
	| tStrBegin tStrEnd        { $$ = &node{op: opString} }
	;

regex
	: tRegex {
		if $$ = lex(exprlex).regex($1, 0); $$ == nil {
			return 1
		}
	}
	| tRegexI {
		if $$ = lex(exprlex).regex($1, pattern.IgnoreCase); $$ == nil {
			return 1
		}
	}
	;

backref
	: tBackref { $$ = &node{op: opBackref, text: $1} }
	;

lstfunccall
	: tID '(' word ')' { $$ = lex(exprlex).list($1, $3) }
	;

strfunccall
	: tID '(' word ')' { $$ = lex(exprlex).function($1, $3) }
	;

%%
