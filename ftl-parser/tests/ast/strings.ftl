${"plain"} ${'it''s'}
${"a ${b} c #{d; M1} e"}
${'tab\tand ${x} \x41\x42, ${"inner\n${y}"}'}
${r"raw ${x} \n"} ${r'it"s'}
${"\l\g\a\{\=\\\"\'"}
${"${"} ${"ab\x24{c}"}
