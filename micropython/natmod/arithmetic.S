/* Division, 64-bit products, shifts and quotients for Armv6-M, which has none, in fewer bytes than libgcc takes.
 * Slower: bit by bit. Names, registers and conventions: Arm's run-time ABI (RTABI32, "integer division" and "long long").
 * A 64-bit number lies in two registers, the lower word in the lower one. By zero: the quotient is all ones and the
 * remainder the dividend. tests/micropython/test_arithmetic.py runs all of them. */
#ifdef __ARM_ARCH_6M__

	.syntax unified
	.cpu cortex-m0
	.thumb

.macro function name
	.section .text.\name, "ax", %progbits
	.balign 4
	.global \name
	.type \name, %function
	.thumb_func
\name:
.endm

/* r0 / r1 -> quotient r0, remainder r1; unsigned. 32 steps, or 16 where the quotient has no more bits. */
	function __aeabi_uidivmod
	.global __aeabi_uidiv
	.type __aeabi_uidiv, %function
	.thumb_set __aeabi_uidiv, __aeabi_uidivmod
	movs	r3, #32
	lsrs	r2, r0, #16		/* the remainder so far */
	cmp	r2, r1
	bhs	1f
	lsls	r0, r0, #16
	movs	r3, #16
	b	2f
1:	movs	r2, #0
2:	adds	r0, r0, r0
	adcs	r2, r2
	bcs	3f
	cmp	r2, r1
	blo	4f
3:	subs	r2, r2, r1
	adds	r0, #1
4:	subs	r3, #1
	bne	2b
	movs	r1, r2
	bx	lr

/* The same, signed: the remainder has the dividend's sign. */
	function __aeabi_idivmod
	.global __aeabi_idiv
	.type __aeabi_idiv, %function
	.thumb_set __aeabi_idiv, __aeabi_idivmod
	push	{r4, r5, r6, lr}
	asrs	r4, r0, #31
	eors	r0, r4
	subs	r0, r0, r4
	asrs	r5, r1, #31
	eors	r1, r5
	subs	r1, r1, r5
	eors	r5, r4
	bl	__aeabi_uidivmod
	eors	r0, r5
	subs	r0, r0, r5
	eors	r1, r4
	subs	r1, r1, r4
	pop	{r4, r5, r6, pc}

/* r1:r0 / r3:r2 -> quotient r1:r0, remainder r3:r2; unsigned. */
	function __aeabi_uldivmod
	push	{r4, r5, r6, lr}
	movs	r4, #0			/* r5:r4: the remainder so far */
	movs	r5, #0
	movs	r6, #64
1:	adds	r0, r0, r0
	adcs	r1, r1
	adcs	r4, r4
	adcs	r5, r5
	bcs	3f
	cmp	r5, r3
	bne	2f
	cmp	r4, r2
2:	blo	4f			/* by whichever comparison was the last */
3:	subs	r4, r4, r2
	sbcs	r5, r3
	adds	r0, #1
4:	subs	r6, #1
	bne	1b
	movs	r2, r4
	movs	r3, r5
	pop	{r4, r5, r6, pc}

/* The same, signed. */
	function __aeabi_ldivmod
	push	{r4, r5, r6, lr}
	asrs	r4, r1, #31
	eors	r0, r4
	eors	r1, r4
	subs	r0, r0, r4
	sbcs	r1, r4
	asrs	r5, r3, #31
	eors	r2, r5
	eors	r3, r5
	subs	r2, r2, r5
	sbcs	r3, r5
	eors	r5, r4
	bl	__aeabi_uldivmod
	eors	r0, r5
	eors	r1, r5
	subs	r0, r0, r5
	sbcs	r1, r5
	eors	r2, r4
	eors	r3, r4
	subs	r2, r2, r4
	sbcs	r3, r4
	pop	{r4, r5, r6, pc}

/* r1:r0 * r3:r2 -> r1:r0, modulo 2^64. */
	function __aeabi_lmul
	push	{r4, r5}
	muls	r1, r2, r1
	muls	r3, r0, r3
	adds	r1, r1, r3		/* the upper words' part */
	lsrs	r3, r0, #16
	lsrs	r4, r2, #16
	movs	r5, r3
	muls	r5, r4, r5
	adds	r1, r1, r5
	uxth	r0, r0
	uxth	r2, r2
	muls	r3, r2, r3		/* the two middle products, 16 bits up */
	muls	r4, r0, r4
	muls	r0, r2, r0
	lsls	r2, r3, #16
	lsrs	r3, r3, #16
	adds	r0, r0, r2
	adcs	r1, r3
	lsls	r2, r4, #16
	lsrs	r4, r4, #16
	adds	r0, r0, r2
	adcs	r1, r4
	pop	{r4, r5}
	bx	lr

/* r1:r0 shifted by r2 = 0 to 63. A shift by 32 to 255 gives 0. */
	function __aeabi_llsl
	movs	r3, r0
	lsls	r0, r2
	lsls	r1, r2
	subs	r2, #32
	bpl	1f
	rsbs	r2, r2, #0
	lsrs	r3, r2
	orrs	r1, r3
	bx	lr
1:	movs	r1, r3
	lsls	r1, r2
	bx	lr

	function __aeabi_llsr
	movs	r3, r1
	lsrs	r0, r2
	lsrs	r1, r2
	subs	r2, #32
	bpl	1f
	rsbs	r2, r2, #0
	lsls	r3, r2
	orrs	r0, r3
	bx	lr
1:	movs	r0, r3
	lsrs	r0, r2
	bx	lr

	function __aeabi_lasr
	movs	r3, r1
	lsrs	r0, r2
	asrs	r1, r2
	subs	r2, #32
	bpl	1f
	rsbs	r2, r2, #0
	lsls	r3, r2
	orrs	r0, r3
	bx	lr
1:	movs	r0, r3
	asrs	r0, r2
	bx	lr

#endif
