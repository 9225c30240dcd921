${a + b - c * d / e % f}
${(a > b)?c} ${a gt b} ${a lte b} ${a &lt;= b} ${a \gte b}
${a == b} ${a = b} ${a != b}
${a || b && c | d & e}
${!!a} ${-a} ${+a}
${a.b["c"][0](d, e)?f_is_no_builtin!}
${a.b["c"][0](d, e)?upper_case??}
${a!b!c} ${a!} ${a!b!} ${(a.b)!"x" + "y"} ${a!(1, 2)} ${a!!b} ${a!?length}
${1..2} ${1..<n} ${1..!n} ${1..*n} ${x[1..]}
${[1, "two", [3]]?size} ${{"a": 1, "b", 2}?size}
${l?map(x -> x.y)?filter((x) -> x > 1)?join(", ")}
${b?then("yes", "no")} ${n?switch(1, "one", 2, "two", "many")}
${.now} ${.vars["a b"]} ${data\-id.a\.b} ${a.in.list.*} ${a.**}
${0x1F} ${1.50} ${007}
#{x} #{x; m1} #{x; M2} #{x; m1M2}
${a <#-- a comment --> + <!-- another --> b}
