<@m/>
<@m a=1 b=x! c="z"/>
<@lib.m 1, 2 x; y, z>body ${y}</@lib.m>
<@h["x"] -1>body</@>
<@(m)!n/>
<@m?with_args([1]) 2>body</@m>
<@"${x}"?interpret/>
<@m
  a = 1
  b = [1, 2] <#-- why -->
>body</@m >
